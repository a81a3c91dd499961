// Tabs within a view, by the pattern that screen readers know: arrows move between them, one panel is there at a time.
import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface Tab {
  readonly name: string;
  readonly title: string;
  readonly panel: () => ComponentChildren;
}

export interface TabsProps {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly open: string;
  readonly onOpen: (name: string) => void;
}

export function Tabs({ label, tabs, open, onOpen }: TabsProps) {
  const id = useId();
  const at = Math.max(
    0,
    tabs.findIndex(({ name }) => name === open),
  );
  const shown = tabs[at];
  const move = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (step === 0 || next === undefined) return;
    event.preventDefault();
    onOpen(next.name);
    document.getElementById(`${id}-${next.name}`)?.focus();
  };
  return html`<section class="tabs">
    <div role="tablist" aria-label=${label} onKeyDown=${move}>
      ${tabs.map(
        ({ name, title }) =>
          html`<button
            key=${name}
            role="tab"
            id=${`${id}-${name}`}
            class="plain"
            aria-selected=${name === shown?.name}
            aria-controls=${`${id}-panel`}
            tabindex=${name === shown?.name ? 0 : -1}
            onClick=${() => onOpen(name)}
          >
            ${title}
          </button>`,
      )}
    </div>
    <div
      role="tabpanel"
      class="card"
      id=${`${id}-panel`}
      aria-labelledby=${`${id}-${shown?.name}`}
      tabindex="0"
    >
      ${shown?.panel()}
    </div>
  </section>`;
}
