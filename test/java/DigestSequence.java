import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** The digests of a partition's records in offset order, each with its offset: 24 bytes a record. */
final class DigestSequence {
  private static final int INITIAL = 1024;

  private long[] highs = new long[INITIAL];
  private long[] lows = new long[INITIAL];
  private long[] offsets = new long[INITIAL];
  private int size;

  int size() {
    return size;
  }

  RecordDigest digest(int index) {
    return new RecordDigest(highs[index], lows[index]);
  }

  long offset(int index) {
    return offsets[index];
  }

  boolean sameAt(int index, DigestSequence other, int otherIndex) {
    return highs[index] == other.highs[otherIndex] && lows[index] == other.lows[otherIndex];
  }

  void add(RecordDigest digest, long offset) {
    if (size == highs.length) {
      highs = Arrays.copyOf(highs, 2 * size);
      lows = Arrays.copyOf(lows, 2 * size);
      offsets = Arrays.copyOf(offsets, 2 * size);
    }
    highs[size] = digest.high();
    lows[size] = digest.low();
    offsets[size] = offset;
    size++;
  }

  void writeTo(DataOutputStream out) throws IOException {
    out.writeInt(size);
    for (int i = 0; i < size; i++) {
      out.writeLong(highs[i]);
      out.writeLong(lows[i]);
      out.writeLong(offsets[i]);
    }
  }

  static DigestSequence readFrom(DataInputStream in) throws IOException {
    DigestSequence sequence = new DigestSequence();
    for (int left = in.readInt(); left > 0; left--) {
      sequence.add(new RecordDigest(in.readLong(), in.readLong()), in.readLong());
    }
    return sequence;
  }
}
