// The views in the order of their tabs. A new one is one file and one line here; its code loads when it is first opened.
import type { ComponentType } from 'preact';

export interface View {
  /** The first part of its address below /app. */
  readonly name: string;
  readonly title: string;
  /** Opens it, after `g`. */
  readonly key: string;
  readonly load: () => Promise<ComponentType<ViewProps>>;
}

export interface ViewProps {
  /** What follows the view's name in the address: `['ca-1']` of /app/calls/ca-1. */
  readonly rest: readonly string[];
}

export const VIEWS: readonly View[] = [
  {
    name: 'calls',
    title: 'Calls',
    key: 'c',
    load: async () => (await import('./calls/calls-view.ts')).CallsView,
  },
  {
    name: 'talk',
    title: 'Talk',
    key: 't',
    load: async () => (await import('./talk/talk-view.ts')).TalkView,
  },
  {
    name: 'place',
    title: 'Place',
    key: 'p',
    load: async () => (await import('./place/place-view.ts')).PlaceView,
  },
  {
    name: 'health',
    title: 'Health',
    key: 'h',
    load: async () => (await import('./health/health-view.ts')).HealthView,
  },
];
