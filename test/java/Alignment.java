import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What distinguishes a target partition from its source, found by laying the two sequences of digests beside each
 * other. Records of the longest common subsequence are in place; each of the others is one of {@link Kind}.
 *
 * <p>Equal sequences cost nothing but a look at each. Otherwise the common beginning and end are cut off, and between
 * them the longest common subsequence is found as Hunt and Szymanski do it: in (r + n) log n, where r is the number of
 * pairs of equal records.
 */
final class Alignment {
  enum Kind {
    /** In the source, not in the target. */
    MISSING,
    /** In the source, and more often in the target. */
    DUPLICATE,
    /** In both equally often, but in the target before or behind its neighbours of the source. */
    OUT_OF_ORDER,
    /** The target has, at this place between the same neighbours, another record that the source has nowhere. */
    DIFFERENT,
    /** In the target, not in the source, and no record of the source is missing at its place. */
    FOREIGN,
  }

  /** @param source index in the source's sequence, -1 where there is none; @param target likewise */
  record Finding(Kind kind, int source, int target) {}

  /** A pair of equal records, the last of a common subsequence. */
  private record Pair(int source, int target, Pair before) {}

  private final DigestSequence source;
  private final DigestSequence target;
  private final List<Finding> findings = new ArrayList<>();

  private Alignment(DigestSequence source, DigestSequence target) {
    this.source = source;
    this.target = target;
  }

  /** Empty if the sequences are equal; else one finding per record that is not in place, roughly in order of place. */
  static List<Finding> findings(DigestSequence source, DigestSequence target) {
    Alignment alignment = new Alignment(source, target);
    alignment.align();
    return alignment.findings;
  }

  private void align() {
    int start = 0;
    int shorter = Math.min(source.size(), target.size());
    while (start < shorter && source.sameAt(start, target, start)) {
      start++;
    }
    int sourceEnd = source.size();
    int targetEnd = target.size();
    while (sourceEnd > start && targetEnd > start && source.sameAt(sourceEnd - 1, target, targetEnd - 1)) {
      sourceEnd--;
      targetEnd--;
    }
    if (start < sourceEnd || start < targetEnd) {
      List<Pair> inPlace = longestCommonSubsequence(start, sourceEnd, targetEnd);
      inPlace.add(new Pair(sourceEnd, targetEnd, null));
      judge(inPlace, start);
    }
  }

  private List<Pair> longestCommonSubsequence(int start, int sourceEnd, int targetEnd) {
    Map<RecordDigest, List<Integer>> places = new HashMap<>();
    for (int i = sourceEnd - 1; i >= start; i--) {
      places.computeIfAbsent(source.digest(i), digest -> new ArrayList<>(1)).add(i);
    }
    // ends[k]: the smallest source index at which a common subsequence of length k + 1 ends; best[k]: that subsequence.
    int[] ends = new int[Math.min(sourceEnd, targetEnd) - start];
    Pair[] best = new Pair[ends.length];
    int length = 0;
    for (int j = start; j < targetEnd; j++) {
      // Places descend, so that the record at j lengthens no subsequence twice.
      for (int i : places.getOrDefault(target.digest(j), List.of())) {
        int found = Arrays.binarySearch(ends, 0, length, i);
        int k = found < 0 ? -found - 1 : found;
        ends[k] = i;
        best[k] = new Pair(i, j, k == 0 ? null : best[k - 1]);
        length = Math.max(length, k + 1);
      }
    }
    Deque<Pair> subsequence = new ArrayDeque<>(length);
    for (Pair pair = length == 0 ? null : best[length - 1]; pair != null; pair = pair.before) {
      subsequence.addFirst(pair);
    }
    return new ArrayList<>(subsequence);
  }

  /** Names every record of [start, the last pair) that is not in place; the last pair only marks the end. */
  private void judge(List<Pair> inPlace, int start) {
    Map<RecordDigest, Deque<Integer>> unplacedInSource = new HashMap<>();
    Set<RecordDigest> unplacedInTarget = new HashSet<>();
    int afterSource = start;
    int afterTarget = start;
    for (Pair pair : inPlace) {
      for (int i = afterSource; i < pair.source; i++) {
        unplacedInSource.computeIfAbsent(source.digest(i), digest -> new ArrayDeque<>(1)).add(i);
      }
      for (int j = afterTarget; j < pair.target; j++) {
        unplacedInTarget.add(target.digest(j));
      }
      afterSource = pair.source + 1;
      afterTarget = pair.target + 1;
    }
    Set<RecordDigest> known = new HashSet<>();
    for (int i = 0; i < source.size(); i++) {
      if (unplacedInTarget.contains(source.digest(i))) {
        known.add(source.digest(i));
      }
    }

    List<List<Integer>> strangersByGap = new ArrayList<>();
    afterTarget = start;
    for (Pair pair : inPlace) {
      List<Integer> strangers = new ArrayList<>();
      for (int j = afterTarget; j < pair.target; j++) {
        Deque<Integer> elsewhere = unplacedInSource.get(target.digest(j));
        if (elsewhere != null && !elsewhere.isEmpty()) {
          findings.add(new Finding(Kind.OUT_OF_ORDER, elsewhere.removeFirst(), j));
        } else if (known.contains(target.digest(j))) {
          findings.add(new Finding(Kind.DUPLICATE, -1, j));
        } else {
          strangers.add(j);
        }
      }
      strangersByGap.add(strangers);
      afterTarget = pair.target + 1;
    }

    afterSource = start;
    for (int gap = 0; gap < inPlace.size(); gap++) {
      Deque<Integer> strangers = new ArrayDeque<>(strangersByGap.get(gap));
      for (int i = afterSource; i < inPlace.get(gap).source; i++) {
        Deque<Integer> unplaced = unplacedInSource.get(source.digest(i));
        if (unplaced.isEmpty() || unplaced.peekFirst() != i) {
          continue; // Found elsewhere in the target.
        }
        unplaced.removeFirst();
        findings.add(strangers.isEmpty()
            ? new Finding(Kind.MISSING, i, -1)
            : new Finding(Kind.DIFFERENT, i, strangers.removeFirst()));
      }
      strangers.forEach(j -> findings.add(new Finding(Kind.FOREIGN, -1, j)));
      afterSource = inPlace.get(gap).source + 1;
    }
  }
}
