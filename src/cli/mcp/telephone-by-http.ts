// The telephone of a running relay, by its API. Whatever goes wrong on the way is a problem with words for the model: a relay
// may be started after its MCP client.
import { z, type ZodType } from 'zod';
import {
  type Telephone,
  type Told,
  toldCallSchema,
  toldPageSchema,
  type ToldProblem,
} from '../../mcp/telephone.ts';
import { askingOf, RelayAway, RelayRefusal } from '../call/relay-api.ts';

const acceptedSchema = z.looseObject({ status: z.string() });

/** An id from a model may hold anything; it must not become another path. */
const CALL_ID = /^[\w-]{1,100}$/;

export function telephoneByHttp(url: string, token: string): Telephone {
  const { ask, post } = askingOf(url, token);

  async function told<T, U>(
    schema: ZodType<T>,
    request: () => Promise<Response>,
    shaped: (value: T) => U,
  ): Promise<Told<U>> {
    try {
      const response = await request();
      const parsed = schema.safeParse(await response.json().catch(() => null));
      if (parsed.success) return { is: 'right', value: shaped(parsed.data) };
      return wrong({
        code: 'relay_away',
        message: `The server at ${url} is no relay, or one of another version.`,
      });
    } catch (error) {
      if (error instanceof RelayAway) return wrong({ code: 'relay_away', message: error.message });
      if (error instanceof RelayRefusal) return { is: 'wrong', problems: problemsOf(error) };
      throw error;
    }
  }
  const ofCall = async <T>(callId: string, asked: () => Promise<Told<T>>): Promise<Told<T>> =>
    CALL_ID.test(callId) ? asked() : wrong({ code: 'not_found', message: 'There is no such call.' });

  return {
    place: (body, key) =>
      told(
        toldCallSchema,
        () => post('/calls', body, key === null ? {} : { 'idempotency-key': key }),
        (call) => ({ call }),
      ),
    view: (callId, { wait, since }, over) =>
      ofCall(callId, () => {
        const query = new URLSearchParams({ wait: String(wait) });
        if (since !== undefined) query.set('since', String(since));
        const signal = AbortSignal.any([over, AbortSignal.timeout((wait + 30) * 1000)]);
        return told(
          toldCallSchema,
          () => ask(`/calls/${callId}?${query.toString()}`, { signal }),
          (call) => call,
        );
      }),
    list: (query) =>
      told(
        toldPageSchema,
        () => ask(`/calls?${new URLSearchParams(Object.entries(query)).toString()}`),
        (page) => page,
      ),
    steer: (callId, how, body) =>
      ofCall(callId, () =>
        told(
          acceptedSchema,
          () => post(`/calls/${callId}/${how}`, body),
          (accepted) => accepted,
        ),
      ),
  };
}

function problemsOf({ problems, retryAfterS }: RelayRefusal): readonly ToldProblem[] {
  return problems.map(({ field, ...problem }) => ({
    ...problem,
    ...(field === undefined ? {} : { field }),
    ...(retryAfterS === null ? {} : { retryAfterS }),
  }));
}

function wrong(problem: ToldProblem): { readonly is: 'wrong'; readonly problems: readonly ToldProblem[] } {
  return { is: 'wrong', problems: [problem] };
}
