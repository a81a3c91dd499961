// `npm run number`: points TWILIO_PHONE_NUMBER at WEBHOOK_URL. `--dry-run` changes nothing, `--undo` restores.
import { parseArgs } from 'node:util';
import dotenv from 'dotenv';
import { codeOf } from '../../call/error-code.ts';
import { StoreError } from '../../call/call-store.ts';
import { problemWithAgentId } from '../../agent/kinds.ts';
import { ConfigError, loadConfig } from '../../config/environment.ts';
import { Pointing } from '../../phone/pointing.ts';
import { twilioNumbers } from '../../phone/twilio-numbers.ts';
import { problemWithDatabaseUrl } from '../../store/choose-store.ts';
import { type ExitCode, pointHere, undo } from './number.ts';
import { UNDO_FILE, UndoFile, UndoFileError } from './undo-file.ts';
import { undoPlace } from './undo-place.ts';

const USAGE = `npm run number                    points TWILIO_PHONE_NUMBER at WEBHOOK_URL
npm run number -- --dry-run       shows what would change
npm run number -- --undo          restores what was there before; with --force even over a later change`;

async function main(): Promise<ExitCode> {
  const { values } = parseArgs({
    options: {
      'dry-run': { type: 'boolean', default: false },
      undo: { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  dotenv.config({ quiet: true });
  const config = loadConfig(process.env, problemWithAgentId);
  const problem = problemWithDatabaseUrl(config.databaseUrl);
  const missing = [
    ...(problem === null ? [] : [`DATABASE_URL ${problem}`]),
    ...(config.twilioAccountSid === ''
      ? ['TWILIO_ACCOUNT_SID is not set. Copy it from "Account Info" at https://console.twilio.com.']
      : []),
    ...(config.twilioPhoneNumber === ''
      ? ['TWILIO_PHONE_NUMBER is not set. It is the number that callers dial, such as +15551234567.']
      : []),
  ];
  if (missing.length > 0) throw new ConfigError(missing);
  const place = undoPlace(config.databaseUrl, new UndoFile(UNDO_FILE));
  const options = {
    pointing: new Pointing({
      numbers: twilioNumbers({
        accountSid: config.twilioAccountSid,
        authToken: config.twilioAuthToken,
        apiUrl: config.twilioApiUrl,
      }),
      changes: place,
      webhookUrl: config.webhookUrl,
      authToken: config.twilioAuthToken,
      now: () => Date.now(),
    }),
    phoneNumber: config.twilioPhoneNumber,
    place: place.name,
    isDryRun: values['dry-run'],
    print: (line: string) => console.log(line),
  };
  try {
    return await (values.undo ? undo({ ...options, isForced: values.force }) : pointHere(options));
  } finally {
    await place.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = 1;
  if (error instanceof ConfigError) {
    console.error('The number cannot be changed yet:');
    for (const problem of error.problems) console.error(`  - ${problem}`);
    console.error('Set these in the environment or in .env; .env.example explains each.');
  } else if (error instanceof UndoFileError) console.error(error.message);
  else if (error instanceof StoreError)
    console.error(
      `The database cannot be used (${error.code}), so the change could not be undone: nothing was changed. Check DATABASE_URL.`,
    );
  else if (isBadArgument(error)) console.error(USAGE);
  else throw error;
}

function isBadArgument(error: unknown): boolean {
  return codeOf(error)?.startsWith('ERR_PARSE_ARGS') === true;
}
