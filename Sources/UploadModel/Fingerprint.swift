import Crypto
import DeliberateFaults
package import SessionCore

/// A digest of length-prefixed fields: requests that differ in any field have different fingerprints. The layout is
/// fixed, because fingerprints are stored.
package struct Fingerprint {
    private var hasher = SHA256()

    package init(_ kind: String) {
        add(kind)
    }

    package mutating func add(_ bytes: [UInt8]) {
        withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hasher.update(bufferPointer: $0) }
        bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    }

    package mutating func add(_ text: String) { add(Array(text.utf8)) }

    package mutating func add(_ number: UInt64?) {
        add(number.map { number in withUnsafeBytes(of: number.littleEndian) { Array($0) } } ?? [])
    }

    package mutating func add(_ flag: Bool) { add(flag ? 1 : 0) }

    package mutating func add(_ digest: Digest?) { add(digest?.bytes ?? []) }

    package consuming func digest() -> Digest { Digest(hasher.finalize()) }
}

extension BeginRequest {
    /// The fingerprint of what the client stated, except the idempotency key.
    package func fingerprint(parts: [SessionId] = []) -> Digest {
        var fingerprint = Fingerprint("upload")
        if DeliberateFault.dropFingerprint.isOn { return fingerprint.digest() }
        fingerprint.add(capsule.value.bytes)
        fingerprint.add(asset.name)
        fingerprint.add(asset.contentType)
        fingerprint.add(asset.opaque)
        if isWhole {
            fingerprint.add("whole")
        } else {
            switch layout {
            case .chunks(let size):
                fingerprint.add("chunks")
                fingerprint.add(size)
            case .append: fingerprint.add("append")
            }
            fingerprint.add(length)
            fingerprint.add(expectedChunks)
        }
        fingerprint.add(expectedDigest)
        fingerprint.add(provisionalMemoryId)
        fingerprint.add(isPartial)
        for part in parts { fingerprint.add(part.bytes) }
        // The default adds no field, so that fingerprints stored before recipes existed still match.
        switch derivation {
        case .capsuleDefault: break
        case .none: fingerprint.add("derive nothing")
        case .recipe(let recipe): fingerprint.add("derive \(recipe.name)")
        }
        return fingerprint.digest()
    }
}
