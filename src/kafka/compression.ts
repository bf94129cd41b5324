import { gunzipSync, zstdDecompressSync } from 'node:zlib';

import { decompressFrameSync } from 'lz4-napi';
import { uncompressSync } from 'snappy';

/** Names of the codecs at their number in a batch's attributes. */
export const codecNames = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/**
 * The records block of a batch, decompressed.
 *
 * @throws whatever the codec says about damaged bytes; {@link RangeError} for a codec that does not exist.
 */
export function decompress(codec: number, block: Buffer): Buffer {
  switch (codecNames[codec]) {
    case 'none':
      return block;
    case 'gzip':
      return gunzipSync(block);
    case 'snappy':
      return isXerial(block) ? decompressXerial(block) : decompressSnappy(block);
    case 'lz4':
      return decompressFrameSync(block);
    case 'zstd':
      return zstdDecompressSync(block);
    default:
      throw new RangeError(`Codec ${codec} does not exist.`);
  }
}

/** Java's snappy stream: magic, version and compatible version, then blocks with their 32-bit length in front. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = XERIAL_MAGIC.length + 8;

function isXerial(block: Buffer): boolean {
  return block.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC);
}

function decompressXerial(block: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < block.length;) {
    const from = at + 4;
    const to = from + block.readUInt32BE(at);
    if (to > block.length) throw new RangeError('The snappy stream ends within a block.');
    parts.push(decompressSnappy(block.subarray(from, to)));
    at = to;
  }
  return Buffer.concat(parts);
}

function decompressSnappy(block: Buffer): Buffer {
  const decompressed = uncompressSync(block, { asBuffer: true });
  return typeof decompressed === 'string' ? Buffer.from(decompressed) : decompressed;
}
