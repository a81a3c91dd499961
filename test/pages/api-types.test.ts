// The pages state what they read of the API; the API's own types must give it. tsc compares them, so nothing is left to run.
import { expect, it } from 'vitest';
import type { Finding } from '../../src/call/check.ts';
import type { publicSample } from '../../src/operator/callback-routes.ts';
import type { publicNumbers } from '../../src/operator/number-routes.ts';
import type { UpkeepOptions } from '../../src/operator/upkeep-routes.ts';
import type { publicRehearsed, publicWebhooks } from '../../src/operator/webhook-routes.ts';
import type {
  Call,
  CallPage,
  CheckFinding,
  Configuration,
  Insights,
  Numbers,
  Rehearsal,
  SentSample,
  UsageToday,
  Webhook,
  WebhookRehearsal,
} from '../../src/pages/browser/api-types.ts';
import type {
  publicCall,
  publicInsights,
  publicPage,
  publicRehearsal,
  publicUsage,
} from '../../src/operator/call-views.ts';

const asNumbers = (numbers: ReturnType<typeof publicNumbers>): Numbers => numbers;
const asWebhooks = ({ webhooks }: ReturnType<typeof publicWebhooks>): readonly Webhook[] => webhooks;
const asRehearsed = (rehearsed: ReturnType<typeof publicRehearsed>): WebhookRehearsal => rehearsed;
const asSample = (sample: ReturnType<typeof publicSample>): SentSample => sample;
const asFinding = (finding: Finding): CheckFinding => finding;
const asConfiguration = ({ configuration }: UpkeepOptions): Configuration => ({ variables: configuration });
const asCall = (call: ReturnType<typeof publicCall>): Call => call;
const asPage = (page: ReturnType<typeof publicPage>): CallPage => page;
const asInsights = (insights: ReturnType<typeof publicInsights>): Insights => insights;
const asRehearsal = (rehearsal: ReturnType<typeof publicRehearsal>): Rehearsal => rehearsal;
const asUsage = (usage: ReturnType<typeof publicUsage>): UsageToday => usage;

it('the API gives what the pages read', () => {
  const all = [
    asCall,
    asPage,
    asInsights,
    asRehearsal,
    asUsage,
    asSample,
    asFinding,
    asConfiguration,
    asNumbers,
    asWebhooks,
    asRehearsed,
  ];
  expect(all.map(({ length }) => length)).toEqual(Array.from(all, () => 1));
});
