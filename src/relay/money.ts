// What watches the money, put together: the budgets, and the prices that the carrier tells later.
import type { CallStore } from '../call/call-store.ts';
import type { CountStore } from '../call/count-store.ts';
import type { Clock } from '../call/ports.ts';
import type { Metrics } from '../operator/telemetry/metrics.ts';
import type { Phone } from '../phone/phone.ts';
import { CarrierPrices } from './carrier-prices.ts';
import type { Setup } from './read-setup.ts';
import { Spending } from './spending.ts';
import type { Switchboard } from './switchboard.ts';

/** What calls cost, and what follows from it. */
export function moneyOf(
  { config, prices }: Setup,
  {
    clock,
    store,
    phone,
    switchboard,
    metrics,
    warn,
  }: {
    readonly clock: Clock;
    readonly warn: (line: string) => void;
    readonly store: CallStore & CountStore;
    readonly phone: Phone;
    readonly switchboard: Switchboard;
    readonly metrics: Metrics;
  },
): { readonly spending: Spending; readonly close: () => void } {
  const spending = new Spending({
    clock,
    store,
    prices,
    dailyBudget: config.dailyBudget,
    mostACall: config.maxCallCost,
    flush: () => switchboard.records.flush(),
    onCost: (owner, usd) => metrics.countCost(owner, usd),
    onTooCostly: (callId) => switchboard.calls.get(callId)?.sayAndEnd('farewell', 'too-costly'),
    onSoundIntoVoice: (tokens) => metrics.countSoundIntoVoice(tokens),
    log: warn,
  });
  const carrierPrices = phone.canCommand
    ? new CarrierPrices({
        clock,
        store,
        priceOf: (sid) => phone.price(sid),
        onPrice: (callId, usd) => {
          switchboard.calls.report({ callId, at: clock.now(), type: 'carrier-priced', usd });
        },
      })
    : null;
  switchboard.subscribe(spending.take);
  return {
    spending,
    close() {
      spending.close();
      carrierPrices?.close();
    },
  };
}
