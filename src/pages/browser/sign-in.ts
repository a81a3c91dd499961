// The sign-in form: the operator's token, typed once, for a cookie. The token is kept nowhere.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { signIn } from './session.ts';

/** `problem` is what went wrong before the form was shown, such as a link that was used twice. */
export function SignIn({ problem = '' }: { readonly problem?: string }) {
  const token = useSignal('');
  const refusal = useSignal(problem);
  const isBusy = useSignal(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    isBusy.value = true;
    const answer = await signIn({ token: token.value.trim() });
    isBusy.value = false;
    refusal.value = answer.is === 'refused' ? answer.problem.message : '';
  };
  return html`<form class="sign-in" onSubmit=${submit}>
    <label>
      Operator token
      <input
        type="password"
        name="token"
        autocomplete="current-password"
        required
        autofocus
        value=${token}
        aria-invalid=${refusal.value === '' ? undefined : 'true'}
        aria-describedby="sign-in-problem"
        onInput=${(event: InputEvent) => {
          if (event.target instanceof HTMLInputElement) token.value = event.target.value;
        }}
      />
    </label>
    <p id="sign-in-problem" class="problem" role="alert">${refusal}</p>
    <button type="submit" aria-busy=${isBusy.value}>Sign in</button>
    <p class="quiet">
      The value of <code>OPERATOR_TOKEN</code>. If none was set, the relay made one at its first start and
      keeps it beside its database.
    </p>
  </form>`;
}
