// The bytes of one live picture (explorer/results/frame.py packs them): a JSON head and the arrays it names.

const TYPES = { uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array, float32: Float32Array, float64: Float64Array };
const decoder = new TextDecoder();

/** {head, arrays: name -> {data, shape}}. The arrays are views into the buffer: nothing is copied. */
export function decodeFrame(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(decoder.decode(new Uint8Array(buffer, 4, length)));
  const base = 4 + length;
  const arrays = {};
  for (const [name, [type, shape, offset, bytes]] of Object.entries(head.arrays)) {
    const kind = TYPES[type];
    if (kind) arrays[name] = { data: new kind(buffer, base + offset, bytes / kind.BYTES_PER_ELEMENT), shape };
  }
  return { head, arrays };
}

/** A cheap number that changes when the bytes do (FNV-1a over at most 4,096 of them). */
export function checksum(array) {
  if (!array) return 0;
  const bytes = new Uint8Array(array.data.buffer, array.data.byteOffset, array.data.byteLength);
  const stride = Math.max(1, Math.floor(bytes.length / 4096));
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i += stride) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return (hash ^ bytes.length) >>> 0;
}
