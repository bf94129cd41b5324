// `npm test`: lint and types while the local stack starts, then on it everything that needs real servers; unit tests when
// some of those mostly wait.
import { checks, filesOf, install, onStack, runTests, sayFailures } from './runner.ts';

/** Stops and kills servers that all others use. */
const disturbing = (file: string): boolean => ['outages', 'chaos'].some((name) => file.endsWith(`${name}.test.ts`));

const passed: boolean[] = [];
// What needs no servers begins while they start.
const checked = checks(['lint', 'types']);
await onStack(async () => {
  // The image is for the stack's own cluster, which nobody uses yet.
  const real = runTests('Integration', await filesOf('integration'), { atOnce: 6, leaves: true });
  const [havePassed] = await Promise.all([real, install()]);
  passed.push(havePassed);
  // What takes longest is not begun for code that will change.
  if (!(await checked)) return;
  const e2e = await filesOf('e2e');
  const peaceful = e2e.filter((file) => !disturbing(file));
  passed.push(await runTests('End to end', peaceful, { atOnce: 6, leaves: true }));
  // The first of these mostly wait for what they have struck to come back; the others have what is left of the processors.
  passed.push(
    ...(await Promise.all([
      runTests('Outages and chaos of the stack', e2e.filter(disturbing), { atOnce: 1, leaves: true }),
      runTests('On servers of their own', await filesOf('own-servers'), { atOnce: 4, leaves: true, beside: true }),
      runTests('Unit', await filesOf('unit'), { atOnce: 2, beside: true }),
    ])),
  );
});
passed.push(await checked);
sayFailures();
process.exitCode = passed.every(Boolean) ? 0 : 1;
