import TensorCore
import Testing

@testable import Datasets

@Suite struct RandomAndHashTests {
    @Test func sha256OfKnownMessages() {
        #expect(SHA256.hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(SHA256.hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        let long = String(repeating: "a", count: 1_000_000)
        #expect(SHA256.hex(long) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test(arguments: [1, 55, 56, 63, 64, 65, 129]) func sha256DoesNotDependOnPieces(_ size: Int) {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 7) }
        var hash = SHA256()
        for start in stride(from: 0, to: bytes.count, by: size) {
            hash.update(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(hash.hexDigest() == SHA256.hex(bytes))
    }

    /// numpy.random.seed(0); numpy.random.random_sample(2).
    @Test func uniformMatchesNumPy() {
        var random = NumPyRandom(seed: 0)
        #expect(random.uniform() == 0.548_813_503_927_324_8)
        #expect(random.uniform() == 0.715_189_366_372_419_5)
    }
}
