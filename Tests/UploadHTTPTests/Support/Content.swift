import HTTPWire
import NativeWire
import UploadCore
import UploadTestKit

/// Content of any size that is the same in every run.
func content(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = SeededRandom(seed: seed)
    return random.bytes(count)
}

/// `Content-Digest` of some bytes.
func contentDigest(of bytes: [UInt8]) -> (name: String, value: String) {
    ("Content-Digest", ContentDigest.format(Digest(of: bytes)))
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}
