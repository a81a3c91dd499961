// A ledger, and the choices beside each other, as lines for a terminal. Pure.
import { byOwner, type CallCost } from '../../call/ledger.ts';
import type { CostOwner } from '../../call/usage.ts';

/** Such as `$0.0425`; "–" for what nobody told. */
export function money(usd: number | null): string {
  return usd === null ? '–' : `$${usd.toFixed(4)}`;
}

export function ledgerLines(cost: CallCost): readonly string[] {
  const width = Math.max(0, ...cost.lines.map(({ what }) => what.length));
  return [
    ...cost.lines.map(({ owner, what, quantity, usd }) => {
      const amount = quantity === null ? '–' : quantity.toLocaleString('en-US', { maximumFractionDigits: 2 });
      return `  ${owner.padEnd(8)} ${what.padEnd(width)} ${amount.padStart(8)} ${money(usd).padStart(9)}`;
    }),
    `  ${'together'.padEnd(8)} ${''.padEnd(width)} ${''.padStart(8)} ${totalOf(cost).padStart(9)}`,
  ];
}

/** "~" before an estimate, "+" after a sum that lacks something. */
export function totalOf({ usd, isEstimate, isPartial }: CallCost): string {
  return `${isEstimate ? '~' : ''}${money(usd)}${isPartial ? '+' : ''}`;
}

/** `Cost: ~$0.0279+ (carrier $0.0279, agent –)` */
export function costLine(cost: CallCost): string {
  const parts = [...byOwner(cost)].map(([owner, usd]) => `${owner} ${money(usd)}`);
  return `Cost: ${totalOf(cost)}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
}

const OWNERS: readonly CostOwner[] = ['carrier', 'ears', 'voice'];

export function choicesTable(choices: readonly { readonly name: string; readonly cost: CallCost }[]): string {
  const rows = choices.map(({ name, cost }) => {
    const sums = byOwner(cost);
    return [name, ...OWNERS.map((owner) => money(sums.get(owner) ?? null)), money(cost.usd)];
  });
  const cells = [['', 'Twilio', 'ears', 'voice', 'together'], ...rows];
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}
