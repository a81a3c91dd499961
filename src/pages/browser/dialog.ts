// The browser's own modal dialog: it keeps the focus, and Escape closes it.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { html } from 'htm/preact';

export interface DialogProps {
  readonly title: string;
  /** Left out: it cannot be closed without doing what it asks for. */
  readonly onClose?: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    dialog.current?.showModal();
    return () => dialog.current?.close();
  }, []);
  const cancel = (event: Event): void => {
    if (onClose === undefined) event.preventDefault();
  };
  return html`<dialog ref=${dialog} aria-labelledby=${heading} onCancel=${cancel} onClose=${onClose}>
    <article>
      <header>
        <h2 id=${heading}>${title}</h2>
        ${onClose && html`<button class="icon" aria-label="Close" onClick=${onClose}>✕</button>`}
      </header>
      ${children}
    </article>
  </dialog>`;
}
