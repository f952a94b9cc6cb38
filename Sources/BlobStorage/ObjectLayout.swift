import UploadCore

/// Where objects lie: `bytes/<shard>/<key>`, the shard being the key's first byte (modulo their number) and both written
/// in lower-case hexadecimal. What the store check sets aside goes to `set-aside/`.
struct ObjectLayout: Hashable, Sendable {
    static let root = "bytes"
    static let quarantine = "set-aside"

    let shards: Int

    func shard(of key: ObjectKey) -> Int {
        Int(key.digest.bytes[0]) % shards
    }

    func directory(_ shard: Int) -> String {
        let digits = String(shard, radix: 16)
        return Self.root + "/" + (digits.utf8.count < 2 ? "0" + digits : digits)
    }

    func path(of key: ObjectKey) -> String {
        directory(shard(of: key)) + "/" + key.digest.hex
    }

    /// The key of a file, if the name is one and belongs in this shard.
    func key(named name: String, inShard shard: Int) -> ObjectKey? {
        guard name == name.lowercased(), let digest = Digest(hex: name) else { return nil }
        let key = ObjectKey(digest)
        return self.shard(of: key) == shard ? key : nil
    }
}
