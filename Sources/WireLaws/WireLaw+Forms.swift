import HTTPWire

extension WireLaw {
    /// The body of a form has the same parts, or is refused, however it is cut.
    static func multipart(_ bytes: [UInt8]) -> String? {
        let whole = parts(of: bytes, piece: max(1, bytes.count))
        for piece in [1, 3, 7] where parts(of: bytes, piece: piece) != whole { return "differs in pieces of \(piece)" }
        return nil
    }

    /// The parts with their bytes; nil if the body is refused.
    private static func parts(of bytes: [UInt8], piece: Int) -> [FormPart]? {
        guard var parser = try? MultipartParser(contentType: "multipart/form-data; boundary=b") else { return nil }
        var parts: [FormPart] = []
        do throws(MultipartParser.Problem) {
            for start in stride(from: 0, to: bytes.count, by: piece) {
                parser.append(bytes[start..<min(start + piece, bytes.count)])
                while let event = try parser.next() {
                    switch event {
                    case .part(let header): parts.append(FormPart(header: header))
                    case .bytes(let bytes): parts[parts.count - 1].bytes += bytes
                    case .partEnd: parts[parts.count - 1].hasEnded = true
                    case .end: break
                    }
                }
            }
            try parser.finish()
        } catch {
            return nil
        }
        return parts
    }

    private struct FormPart: Hashable {
        let header: MultipartHeader
        var bytes: [UInt8] = []
        var hasEnded = false
    }

    /// A decoded value is read back from its encoding.
    static func formValue(_ text: String) -> String? {
        let value = String.formDecoded(text)
        return String.formDecoded(value.percentEncoded) == value ? nil : "“\(value)” is not read back"
    }
}
