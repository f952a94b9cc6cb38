import Crypto
import DeliberateFaults
package import SessionCore

/// A digest over named fields, each with its length in front, so that no two requests that differ anywhere have the
/// same one. The layout never changes: fingerprints are stored.
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
    /// Of everything but the idempotency key.
    package func fingerprint(parts: [SessionId] = []) -> Digest {
        var fingerprint = Fingerprint("upload")
        if DeliberateFault.dropFingerprint.isOn { return fingerprint.digest() }
        fingerprint.add(capsule.value.bytes)
        fingerprint.add(asset.name)
        fingerprint.add(asset.contentType)
        fingerprint.add(asset.opaque)
        switch layout {
        case .chunks(let size):
            fingerprint.add("chunks")
            fingerprint.add(size)
        case .append: fingerprint.add("append")
        }
        fingerprint.add(length)
        fingerprint.add(expectedChunks)
        fingerprint.add(expectedDigest)
        fingerprint.add(provisionalMemoryId)
        fingerprint.add(isPartial)
        for part in parts { fingerprint.add(part.bytes) }
        // A request that says nothing has the fingerprint that it had before there were recipes.
        switch derivation {
        case .capsuleDefault: break
        case .none: fingerprint.add("derive nothing")
        case .recipe(let recipe): fingerprint.add("derive \(recipe.name)")
        }
        return fingerprint.digest()
    }
}
