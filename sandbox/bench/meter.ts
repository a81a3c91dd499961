// Loaded into every subject ahead of its own code (`--import`): tells the bench what the process has used whenever it
// asks. By IPC and not from /proc, because that is the same everywhere and in microseconds instead of hundredths.

export interface Usage {
  /** User and system time since the start, of all threads. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const usage: Usage = { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
  process.send?.(usage);
});
// Whether the bench is done or has died: its subject goes with it.
process.on('disconnect', () => process.exit(0));
// What keeps the process alive is its server, as without a meter.
process.channel?.unref();
