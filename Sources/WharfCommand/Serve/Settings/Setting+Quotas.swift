import UploadCore

extension Setting {
    /// Quotas by the names of principals, which are separated by commas.
    static func quotas(_ name: String, _ target: Target<[Principal: UInt64]>, _ summary: String) -> Setting {
        text(name, target, summary, expects: "NAME=SIZE, or several separated by commas") {
            QuotaList(text: $0)?.bytes
        } write: {
            QuotaList(bytes: $0).text
        }
    }
}

/// `anna=50GiB,ben=0`. A name ends at its last equals sign and contains no comma.
struct QuotaList: Hashable, Sendable {
    let bytes: [Principal: UInt64]

    init(bytes: [Principal: UInt64]) {
        self.bytes = bytes
    }

    init?(text: String) {
        var bytes: [Principal: UInt64] = [:]
        for entry in text.split(separator: ",", omittingEmptySubsequences: text.isEmpty) {
            guard let sign = entry.lastIndex(of: "="), sign != entry.startIndex,
                let size = Quantity.bytes(String(entry[entry.index(after: sign)...])),
                bytes.updateValue(size, forKey: Principal(String(entry[..<sign]))) == nil
            else { return nil }
        }
        self.bytes = bytes
    }

    /// In the order of the names.
    var text: String {
        bytes.map { (name: $0.key.name, size: Quantity.text(bytes: $0.value)) }.sorted { $0.name < $1.name }
            .map { "\($0.name)=\($0.size)" }.joined(separator: ",")
    }
}
