import type { Nemesis } from '../nemesis.ts';

/** The archive's store fails for a while: longer than a client tries by itself, or not. */
const faultyStore: Nemesis = {
  weight: 4,
  alone: false,
  draw: (random) => {
    const mood = random.pick(['answers 503', 'truncates'] as const);
    const forMs = random.whole(300, 6_000);
    return {
      nemesis: `store ${mood}`,
      details: { forMs },
      needs: ['S3'],
      run: async (stage) => {
        const { store } = stage.parts;
        if (store === undefined) throw new Error('the archive is not read through a store that can fail');
        store.mood = mood;
        await stage.pause(forMs);
        store.mood = 'serves';
        stage.note('store serves again', { failures: store.failures });
      },
    };
  },
};

export const ofTheStore = [faultyStore];
