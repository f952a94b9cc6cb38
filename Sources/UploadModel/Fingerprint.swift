import DeliberateFaults
package import SessionCore

/// A digest of length-prefixed fields: requests that differ in any field have different fingerprints. The layout is
/// fixed, because fingerprints are stored.
package struct Fingerprint {
    /// All fields. One pass over them is much cheaper than an update of the hash for each.
    private var fields: [UInt8] = []

    package init(_ kind: String) {
        fields.reserveCapacity(512)
        add(kind)
    }

    package mutating func add(_ bytes: [UInt8]) {
        append(UInt64(bytes.count))
        fields += bytes
    }

    package mutating func add(_ text: String) {
        append(UInt64(text.utf8.count))
        fields += text.utf8
    }

    package mutating func add(_ number: UInt64?) {
        append(number == nil ? 0 : 8)
        if let number { append(number) }
    }

    private mutating func append(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            fields.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }

    package mutating func add(_ flag: Bool) { add(flag ? 1 : 0) }

    package mutating func add(_ digest: Digest?) { add(digest?.bytes ?? []) }

    package consuming func digest() -> Digest { Digest(of: fields) }
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
        // A default adds no field, so that fingerprints stored before the field existed still match.
        if let modifiedAt = asset.modifiedAt {
            fingerprint.add("modified at")
            fingerprint.add(UInt64(bitPattern: modifiedAt.milliseconds))
        }
        switch derivation {
        case .capsuleDefault: break
        case .none: fingerprint.add("derive nothing")
        case .recipe(let recipe, let companions):
            fingerprint.add("derive \(recipe.name)")
            for companion in companions {
                fingerprint.add("with a \(companion.kind.name)")
                fingerprint.add(companion.blob.value.bytes)
            }
        }
        return fingerprint.digest()
    }
}
