// How many relay processes of a machine take calls, as its primary counts them.
const ANSWERS_WITHIN_MS = 1_000;

/** The relay at `url` has METRICS_PUBLIC=1. 0 as long as nobody answers. */
export async function readyProcesses(url: string): Promise<number> {
  const asked = fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
  const text = await asked.then((answer) => answer.text()).catch(() => '');
  return Number(/^patchcord_processes\{state="ready"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}
