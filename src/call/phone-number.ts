// Phone numbers in E.164: a plus, the country code and the number, 7 to 15 digits in all.

/** Takes spaces, dots, hyphens and parentheses out; null if what is left is no phone number. */
export function phoneNumber(written: unknown): string | null {
  const number = String(written).replace(/[\s().-]/g, '');
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : null;
}
