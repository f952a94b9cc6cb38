import HTTPWire
import NativeWire
import SessionCore

/// One line of `wharf ls`. Pure.
struct ListRow: Hashable, Sendable {
    let id: String
    /// In bytes; nil if it is not known yet.
    let size: UInt64?
    let createdAt: Timestamp
    let type: String
    let name: String
    /// What is special about it; empty for a stored file.
    let remark: String

    init(_ blob: BlobDocument) {
        (id, size, type, name) = (blob.blob, blob.size, blob.type, blob.name)
        createdAt = blob.createdAt.timestamp
        remark = ""
    }

    /// - Parameter showsOwner: Whether uploads of several principals are listed.
    init(_ upload: UploadDocument, showsOwner: Bool) {
        (id, size, type, name) = (upload.blob ?? upload.id, upload.length, upload.type, upload.name)
        createdAt = upload.createdAt.timestamp
        var remarks: [String] = showsOwner ? ["of \(upload.owner)"] : []
        if upload.state != .committed { remarks.append(upload.state.rawValue) }
        if upload.state == .pending {
            let total = upload.length.map { " of \(HumanReadable.bytes($0))" } ?? ""
            remarks.append("\(HumanReadable.bytes(upload.receivedBytes))\(total)")
            if let end = upload.expiresAt { remarks.append("until \(LocalTime.text(end.timestamp))") }
        }
        remark = remarks.isEmpty ? "" : "(\(remarks.joined(separator: ", ")))"
    }

    private var sizeText: String { size.map(HumanReadable.bytes) ?? "?" }

    private var nameAndRemark: String {
        [TerminalText.safe(name), TerminalText.safe(remark)].filter { !$0.isEmpty }.joined(separator: "  ")
    }

    /// The id, the size and the time, in columns, and the name.
    ///
    /// - Parameter columns: Of the terminal; a narrow one gets neither id nor time of day, and a name that fits. nil for
    ///   output that is no terminal, which gets everything.
    func text(columns: Int?) -> String {
        let size = TerminalText.padded(sizeText, toColumns: 8, alignedRight: true)
        guard let columns else { return "\(id)  \(size)  \(LocalTime.text(createdAt))  \(nameAndRemark)" }
        let isWide = columns >= 100
        let front = "\(isWide ? id + "  " : "")\(size)  \(LocalTime.text(createdAt, withTimeOfDay: columns >= 60))  "
        return front + TerminalText.shortened(nameAndRemark, toColumns: max(1, columns - front.count))
    }

    /// Everything, with exact values, whatever the width of the terminal.
    var longText: String {
        let size = TerminalText.padded(size.map(String.init) ?? "?", toColumns: 14, alignedRight: true)
        return "\(id)  \(size)  \(createdAt.rfc3339)  \(TerminalText.safe(type))  \(nameAndRemark)"
    }
}
