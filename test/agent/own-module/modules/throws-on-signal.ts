// Throws where no call and no `await` can catch it, once the process is sent SIGUSR2.
process.on('SIGUSR2', () => {
  void Promise.reject(new Error('my card number is 4111'));
  throw new Error('my card number is 4111');
});

// oxlint-disable-next-line import/no-default-export -- an agent in a file is its default export
export default async function* reply(): AsyncGenerator<string> {
  yield 'Hello.';
}
