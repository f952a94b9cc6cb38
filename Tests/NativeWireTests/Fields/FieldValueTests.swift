import HTTPTypes
import HTTPWire
import Testing

@Suite struct FieldValueTests {
    @Test(arguments: [
        [], ["4096"], ["5", "5"], ["", ""], ["a, b", "c"],
    ])
    func `a value is what the subscript returns`(_ values: [String]) {
        for name in [HTTPField.Name.contentLength, .cookie] {
            var fields: HTTPFields = [.userAgent: "test", .accept: "*/*"]
            for value in values {
                fields.append(HTTPField(name: name, value: value))
                fields.append(HTTPField(name: .via, value: "1.1 proxy"))
            }
            #expect(fields.value(of: name) == fields[name])
        }
    }

    @Test func `names differ only by their letters' case`() throws {
        let name = try #require(HTTPField.Name("CONTENT-length"))
        #expect(([name: "7"] as HTTPFields).value(of: .contentLength) == "7")
    }
}
