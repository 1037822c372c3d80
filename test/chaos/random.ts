import { createHash } from 'node:crypto';

/** Numbers that look random and are the same each time for the same seed. */
export class Random {
  private readonly seed: string;
  private drawn = 0;

  constructor(seed: string | number) {
    this.seed = String(seed);
  }

  /** At least 0, less than 1. */
  fraction(): number {
    const digest = createHash('sha256').update(`${this.seed} ${this.drawn}`).digest();
    this.drawn += 1;
    return digest.readUIntBE(0, 6) / 2 ** 48;
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of these; null of none. */
  one<T>(items: readonly T[]): T | null {
    return items[this.whole(0, items.length - 1)] ?? null;
  }

  /** So many of these, none twice, in any order. */
  several<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    const chosen: T[] = [];
    while (chosen.length < count && left.length > 0) chosen.push(...left.splice(this.whole(0, left.length - 1), 1));
    return chosen;
  }
}
