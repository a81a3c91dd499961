// Phone numbers in E.164: a plus, the country code and the number, 7 to 15 digits in all.

export const E164 = /^\+[1-9]\d{6,14}$/;

/** In E.164, with nothing that groups its digits; null if what is left is no phone number. */
export function phoneNumber(written: unknown): string | null {
  const number = ungrouped(String(written));
  return E164.test(number) ? number : null;
}

/** Takes spaces, dots, hyphens and parentheses out. */
export function ungrouped(written: string): string {
  return written.replace(/[\s().-]/g, '');
}
