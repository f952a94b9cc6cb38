import HTTPWire
import Testing

@Suite struct MultipartTests {
    private static let type = "multipart/form-data; boundary=\"--x y\""

    /// A form as browsers send it.
    private func form(_ parts: (header: String, bytes: String)..., boundary: String = "--x y") -> [UInt8] {
        var text = ""
        for part in parts { text += "--\(boundary)\r\n\(part.header)\r\n\r\n\(part.bytes)\r\n" }
        return Array((text + "--\(boundary)--\r\n").utf8)
    }

    /// What a parser finds, with the pieces of each part joined.
    private func parse(
        _ bytes: [UInt8], type: String = type, by size: Int = .max
    ) throws -> [(header: MultipartHeader, bytes: String)] {
        var parser = try MultipartParser(contentType: type)
        var parts: [(header: MultipartHeader, bytes: [UInt8])] = []
        var ended = 0
        var rest = bytes[...]
        while true {
            while let event = try parser.next() {
                switch event {
                case .part(let header): parts.append((header, []))
                case .bytes(let bytes): parts[parts.count - 1].bytes += bytes
                case .partEnd: ended += 1
                case .end: #expect(ended == parts.count)
                }
            }
            guard !rest.isEmpty else { break }
            parser.append(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        try parser.finish()
        return parts.map { ($0.header, String(decoding: $0.bytes, as: UTF8.self)) }
    }

    @Test(arguments: [1, 2, 3, 7, 20, .max])
    func `parts are found however the body is cut`(_ size: Int) throws {
        let bytes = form(
            ("Content-Disposition: form-data; name=\"title\"", "A day\r\nat sea"),
            (
                "content-disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg",
                "\r\n--x y"
            ),
            ("Content-Disposition: form-data; name=\"empty\"; filename=\"\"", ""))
        let parts = try parse(Array("preamble".utf8) + [13, 10] + bytes + Array("epilogue".utf8), by: size)
        #expect(
            parts.map(\.header) == [
                MultipartHeader(name: "title"),
                MultipartHeader(name: "file", fileName: "a.jpg", contentType: "image/jpeg"),
                MultipartHeader(name: "empty", fileName: ""),
            ])
        #expect(parts.map(\.bytes) == ["A day\r\nat sea", "\r\n--x y", ""])
    }

    @Test(arguments: [
        ("filename=\"say \\\"cheese\\\".jpg\"", "say \"cheese\".jpg"),
        ("filename=\"say %22cheese%22.jpg\"", "say \"cheese\".jpg"),
        ("filename=\"C:\\photo.jpg\"", "C:\\photo.jpg"),
        ("filename=\"100%25;x=y.jpg\"", "100%25;x=y.jpg"),
        ("filename=plain.jpg", "plain.jpg"),
        ("filename=\"f.jpg\"; filename*=utf-8''%C3%BCber.jpg", "über.jpg"),
        ("filename=\"über.jpg\"", "über.jpg"),
    ])
    func `the names of files are read as clients write them`(_ parameter: String, _ name: String) throws {
        let parts = try parse(form(("Content-Disposition: form-data; name=\"file\"; \(parameter)", "x")))
        #expect(parts.map(\.header.fileName) == [name])
    }

    @Test(arguments: [
        "", "--x y", "no delimiter at all", "----x y\r\nContent-Disposition: form-data; name=a\r\n\r\nbytes",
        "----x y\r\nContent-Disposition: form-data", "----x yz\r\n\r\n\r\n----x y--",
    ])
    func `what is no whole form is refused`(_ text: String) {
        #expect(throws: MultipartParser.Problem.self) { try parse(Array(text.utf8)) }
    }

    @Test func `the header of a part and the bytes before the first one are limited`() throws {
        let limit = MultipartParser.headerBytesMax
        func header(_ count: Int) -> String { "A: " + String(repeating: "a", count: count - 5) }
        for size in [101, 1000, .max] { _ = try parse(form((header(limit), "x")), by: size) }
        #expect(throws: MultipartParser.Problem.self) { try parse(form((header(limit + 1), "x"))) }
        let endless = Array("----x y\r\nA: ".utf8) + Array(repeating: UInt8(ascii: "a"), count: 2 * limit)
        #expect(throws: MultipartParser.Problem.self) { try parse(endless, by: 100) }
        let preamble = [UInt8](repeating: UInt8(ascii: "a"), count: 70_000)
        #expect(throws: MultipartParser.Problem.self) { try parse(preamble + form(("A: b", "x")), by: 1000) }
    }

    @Test(arguments: [
        "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\u{7}\"",
        "multipart/form-data; boundary=" + String(repeating: "a", count: 201),
    ])
    func `a boundary is needed`(_ type: String) {
        #expect(throws: MultipartParser.Problem.self) { try MultipartParser(contentType: type) }
    }

    @Test(arguments: [
        ("multipart/form-data; boundary=a", true), ("Multipart/Form-Data;boundary=a", true), ("multipart/mixed", false),
        ("", false),
    ])
    func `forms are told by their type`(_ type: String, _ isForm: Bool) {
        #expect(MultipartParser.isForm(type) == isForm)
    }

    @Test(arguments: [
        ("a+b%2Bc.jpg", "a b+c.jpg"), ("100%", "100%"), ("%zz%", "%zz%"), ("%C3%BC", "ü"), ("%FF", "\u{FFFD}"),
    ])
    func `values of forms are decoded`(_ text: String, _ value: String) {
        #expect(String.formDecoded(text) == value)
    }
}
