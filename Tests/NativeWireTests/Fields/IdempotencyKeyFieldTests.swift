import HTTPTypes
import HTTPWire
import SessionCore
import Testing

@Suite struct IdempotencyKeyFieldTests {
    @Test func `in quotes and without, a text is the same key`() throws {
        let key = IdempotencyKey(bytes: Array("8e03978e-40d5".utf8))
        #expect(try IdempotencyKeyField.parse("\"8e03978e-40d5\"") == key)
        #expect(try IdempotencyKeyField.parse("8e03978e-40d5") == key)
        #expect(try IdempotencyKeyField.parse(" 8e03978e-40d5\t") == key)
        #expect(try IdempotencyKeyField.parse("\"8e03978e-40d5\";v=1") == key)
        #expect(IdempotencyKeyField.format(key) == "\"8e03978e-40d5\"")
    }

    @Test func `quotes and backslashes inside are escaped in quotes only`() throws {
        let key = IdempotencyKey(bytes: Array("a\"b\\c".utf8))
        #expect(try IdempotencyKeyField.parse("a\"b\\c") == key)
        #expect(try IdempotencyKeyField.parse("\"a\\\"b\\\\c\"") == key)
        #expect(IdempotencyKeyField.format(key) == "\"a\\\"b\\\\c\"")
    }

    @Test func `white space counts inside of quotes`() throws {
        #expect(try IdempotencyKeyField.parse("\" a \"") == IdempotencyKey(bytes: Array(" a ".utf8)))
    }

    @Test(arguments: ["", " ", "\"\"", "\"a", "\"a\"b", "\"a\\b\"", "é", "a\u{0}b", "a\u{7f}", "\"é\"", "\"a\", \"b\""])
    func `an invalid key is refused`(_ value: String) {
        expectInvalid("idempotency-key") { _ = try IdempotencyKeyField.parse(value) }
    }

    @Test func `a request has at most one key`() throws {
        #expect(try IdempotencyKeyField.parse([:]) == nil)
        #expect(try IdempotencyKeyField.parse([.idempotencyKey: "a"]) == IdempotencyKey(bytes: [97]))
        var twice = HTTPFields()
        twice.append(HTTPField(name: .idempotencyKey, value: "a"))
        twice.append(HTTPField(name: .idempotencyKey, value: "a"))
        expectInvalid("idempotency-key") { _ = try IdempotencyKeyField.parse(twice) }
    }

    @Test func `a key that the field cannot represent is not written`() {
        #expect(IdempotencyKeyField.format(IdempotencyKey(bytes: [])) == nil)
        #expect(IdempotencyKeyField.format(IdempotencyKey(bytes: [0xC3, 0xA9])) == nil)
    }
}
