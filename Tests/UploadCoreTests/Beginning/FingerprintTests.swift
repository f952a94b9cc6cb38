import Testing
import UploadCore
import UploadModel

@Suite struct FingerprintTests {
    /// Fingerprints are stored: another layout would make repeated requests conflicts.
    @Test func `the layout of fingerprints does not change`() {
        var fingerprint = Fingerprint("kind")
        fingerprint.add([1, 2])
        fingerprint.add("grün")
        fingerprint.add(258 as UInt64?)
        fingerprint.add(nil as UInt64?)
        fingerprint.add(true)
        fingerprint.add(nil as Digest?)
        fingerprint.add(Digest(bytes: [UInt8](repeating: 0xAB, count: 32)))
        #expect(
            fingerprint.digest().hex == "98259c11b23217cf4a5fd6411c17d9bb5745be106323be0ffd01ca596391516b")
    }
}
