// Whatever is observed late, twice or in the wrong order, and whatever dies meanwhile: one Job at a time, Done only with the
// proof, nothing given up that still works, no step that leads nowhere, and an undisturbed Restore always gets to its end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide } from '../../../src/model/decide.ts';
import { ControlPlane } from './control-plane.ts';
import { picture } from './pictures.ts';

const runs = 20_000;

const killed = { reason: 'PodKilled', message: '', disruption: false, outOfMemory: false };
const outOfMemory = { ...killed, reason: 'OutOfMemory', outOfMemory: true };

const happenings: Record<string, (world: ControlPlane, n: number) => void> = {
  told: (world) => world.tell(world.picture),
  'told of the past': (world, n) => world.tellOld(n),
  'Job deleted': (world) => void (world.jobs = []),
  'Job cleaned up': (world) => world.clean(),
  'pod killed': (world) => world.lose(killed),
  'out of memory': (world) => world.lose(outOfMemory),
  disabled: (world) => void (world.enabled = false),
  enabled: (world) => void (world.enabled = true),
  'report deleted': (world) => void (world.report = world.report && { ...world.report, deleting: true }),
  'report gone': (world) => void (world.report = null),
  'report new': (world, n) =>
    void (world.report = { name: 'r-report-new', uid: `claim-${n}`, deleting: false, bound: true }),
  time: (world) => world.pass(20_000),
  terminated: (world) => world.restart(),
  reset: (world, n) => world.reset(n),
  cancelled: (world) => world.cancel(),
  pause: (world) => void (world.state = { ...world.state, paused: 'PausedBySignal' }),
  resume: (world) => void (world.state = { ...world.state, paused: null }),
  guarded: (world) => world.guard(),
  fenced: (world) => world.finish({ end: 'Lost', trouble: killed }),
  refused: (world) => world.finish({ end: 'Failed', trouble: killed }),
  'done, says the pod': (world) => world.answer({ end: 'Done' }),
  'refused, says the pod': (world) => world.answer({ end: 'Failed', trouble: killed }),
  'history long while waiting': (world) => world.lengthen(),
  'history long': (world) => world.finish({ end: 'HandedOver' }),
  done: (world) => world.finish({ end: 'Done' }),
};

/** The Restore itself is deleted at the end, if at all: a name that comes back is another Restore. */
const whatHappens = fc.array(fc.tuple(fc.constantFrom(...Object.keys(happenings)), fc.nat(20)), {
  maxLength: 40,
  size: 'max',
});

/** After all that happens, nothing bad does any more, and what is seen is what is. */
const getsToItsEnd = (decider: typeof decide): fc.IPropertyWithHooks<[[string, number][], boolean]> =>
  fc.property(whatHappens, fc.boolean(), (events, deleted) => {
    const world = new ControlPlane(decider);
    world.tell(world.picture);
    for (const [name, n] of events) happenings[name]?.(world, n);

    world.enabled = true;
    world.deleting = deleted;
    world.report = picture().report;
    world.state = { ...world.state, paused: null };
    world.take();
    // Deleting the Job is how a person says that it should be tried again.
    if (world.ended?.as === 'Failed') world.jobs = [];
    if (world.ended !== null && world.ended.as !== 'Done') world.restart();
    for (let i = 0; i < 10 && world.ended === null; i++) {
      world.tell(world.picture);
      world.pass(60_000);
      world.tell(world.picture);
      world.finish({ end: 'Done' });
    }
    assert.ok(world.ended?.as === 'Done' || (deleted && world.ended?.as === 'Deleted'), `ended: ${world.ended?.as}`);
  });

test('any schedule', () => {
  fc.assert(getsToItsEnd(decide), { numRuns: runs });
});

const mistakes: Record<string, typeof decide> = {
  'believing that a Job is gone because it is not in an observation': (state, situation) => {
    const step = decide(state, situation);
    return step.do === 'look' ? { do: 'release', loss: { ...killed, disruption: true } } : step;
  },
  'going on although it is paused': (state, situation) => decide({ ...state, paused: null }, situation),
  'taking any end of the work for its success': (state, situation) => {
    const step = decide(state, situation);
    return step.do === 'release' && situation.work?.result != null ? { do: 'end', as: 'Done' } : step;
  },
  'a second attempt in the same execution': (state, situation) => decide(state, { ...situation, served: false }),
  'looking at a pod that has said how it ended': (state, situation) => {
    const { work } = situation;
    return decide(state, { ...situation, work: work && { ...work, settled: false } });
  },
  'deleted without putting the topics back': (state, situation) => decide({ ...state, guarded: false }, situation),
};

for (const [mistake, decider] of Object.entries(mistakes)) {
  test(`a schedule finds ${mistake}`, () => {
    assert.ok(fc.check(getsToItsEnd(decider), { numRuns: runs }).failed);
  });
}
