// What checks answer, in short.
import type { Finding } from '../../call/check.ts';

export function fine(saw: string, todo: string | null = null): Finding {
  return { is: 'fine', saw, todo };
}

export function wrong(saw: string, todo: string): Finding {
  return { is: 'wrong', saw, todo };
}

export function unknown(saw: string, todo: string | null = null): Finding {
  return { is: 'unknown', saw, todo };
}
