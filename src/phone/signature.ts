// Proves that a request is Twilio's (O1). Twilio signs the public address and every parameter, so the check builds the
// address from WEBHOOK_URL, never from Host or X-Forwarded-*, and includes parameters that we do not know.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import express, { type Request, type RequestHandler } from 'express';
// oxlint-disable-next-line import/extensions -- it has no exports map
import { getExpectedTwilioSignature, validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import type { CallId, RefusedInput } from '../call/call.ts';
import { SETTINGS_HEADER, sharedKeySignatures } from './shared-key.ts';
import { phoneUrls } from './urls.ts';

/** Some hundred parameters; Twilio sends about thirty, of 2 KB together. */
const MAX_FORM_BYTES = 32 * 1024;

export interface WebhookSignatureOptions {
  readonly authToken: string;
  /** Secrets of the account's SharedKeys; empty if Twilio signs with the auth token only. */
  readonly sharedKeys?: readonly string[];
  readonly webhookUrl: string;
  readonly onRefused: (kind: RefusedInput, detail: string, req: Request) => void;
}

/** Lets a signed form through, parsed into `req.body`, and nothing else. */
export function webhookSignature({
  authToken,
  sharedKeys = [],
  webhookUrl,
  onRefused,
}: WebhookSignatureOptions): RequestHandler {
  // Not `extended`: it would make objects of names with brackets, and the signature would no longer fit.
  const parseForm = express.urlencoded({ extended: false, limit: MAX_FORM_BYTES });

  function isSigned(req: Request, signature: string, settings: string | undefined): boolean {
    if (settings !== undefined) {
      const url = webhookUrl + req.originalUrl;
      return isOneOf(sharedKeySignatures(settings, sharedKeys, url, req.body ?? {}), signature);
    }
    try {
      return validateRequest(authToken, signature, webhookUrl + req.originalUrl, req.body ?? {});
    } catch {
      // validateRequest throws on a path that makes no URL; a stranger must not be able to cause a 500.
      return false;
    }
  }

  return (req, res, next) => {
    const refuse = (status: number, kind: RefusedInput, detail: string): void => {
      onRefused(kind, detail, req);
      res.status(status).end();
    };
    const signature = req.get('x-twilio-signature');
    // Before the body is read: without a signature nobody makes us parse.
    if (!signature) return refuse(403, 'webhook-unsigned', 'no signature');
    if (!req.is('application/x-www-form-urlencoded')) return refuse(415, 'webhook-malformed', 'not a form');
    parseForm(req, res, (error?: unknown) => {
      if (error) return refuse(400, 'webhook-malformed', 'form too large or not readable');
      const settings = req.get(SETTINGS_HEADER);
      if (settings !== undefined && sharedKeys.length === 0)
        return refuse(403, 'webhook-unsigned', `${SETTINGS_HEADER}: set TWILIO_SHARED_KEY_SECRET`);
      if (!isSigned(req, signature, settings)) return refuse(403, 'webhook-unsigned', 'wrong signature');
      next();
    });
  };
}

/**
 * Checks the signature of a stream's upgrade, whose path may name its call. It covers no parameters, so it proves only that the
 * sender once received it from Twilio. The token tells which call a stream belongs to (O3).
 */
export function upgradeSignature(
  authToken: string,
  webhookUrl: string,
  sharedKeys: readonly string[] = [],
): (req: IncomingMessage, callId: CallId) => boolean {
  // Twilio's documents leave open whether it signs a slash or the port; users report all four forms.
  const urlsOf = (callId: CallId): string[] => {
    const { protocol, hostname, host, pathname } = new URL(
      phoneUrls(webhookUrl, callId !== '').stream(callId),
    );
    const hosts = new Set([host, hostname, `${hostname}:443`]);
    return [...hosts].flatMap((name) =>
      [pathname, `${pathname}/`].map((path) => `${protocol}//${name}${path}`),
    );
  };
  const signatureOf = (url: string): string => getExpectedTwilioSignature(authToken, url, {});
  const plainUrls = urlsOf('');
  const plain = plainUrls.map(signatureOf);
  return (req, callId) => {
    const signature = req.headers['x-twilio-signature'];
    if (typeof signature !== 'string') return false;
    const urls = callId === '' ? plainUrls : urlsOf(callId);
    const expected = callId === '' ? plain : urls.map(signatureOf);
    if (isOneOf(expected, signature)) return true;
    // Whether Twilio signs upgrades with a SharedKey is not documented.
    const settings = req.headers[SETTINGS_HEADER];
    return (
      typeof settings === 'string' &&
      isOneOf(
        urls.flatMap((url) => sharedKeySignatures(settings, sharedKeys, url, {})),
        signature,
      )
    );
  };
}

function isOneOf(expected: readonly string[], signature: string): boolean {
  const given = Buffer.from(signature);
  return expected
    .map((one) => Buffer.from(one))
    .some((one) => one.length === given.length && timingSafeEqual(one, given));
}
