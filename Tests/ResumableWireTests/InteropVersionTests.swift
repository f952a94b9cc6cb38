import HTTPTypes
import ResumableWire
import Testing

@Suite struct InteropVersionTests {
    @Test(arguments: [3, 4, 5, 6, 7, 8, 9])
    func `supported versions are read from the field and written back`(number: Int) throws {
        let version = try #require(InteropVersion([ResumableField.interopVersion: "\(number)"]))
        #expect(version.number == number)
        #expect(InteropVersion(number: number) == version)
    }

    @Test(arguments: ["2", "10", "999", "-9", "9.0", "\"9\"", "?1", "9, 9", "", "99999999999999999999", "nine"])
    func `V2: every other value is no version`(text: String) {
        #expect(InteropVersion([ResumableField.interopVersion: text]) == nil)
    }

    @Test func `the newest version comes first`() {
        #expect(InteropVersion.all.map(\.number) == [9, 8, 7, 6, 5, 4, 3])
        #expect(InteropVersion.shipped.map(\.number) == [9, 8, 6, 5, 3])
    }

    @Test func `what differs between versions`() {
        let three = InteropVersion.all.reversed()
        #expect(
            three.map(\.completenessField.canonicalName) == ["upload-incomplete"]
                + Array(repeating: "upload-complete", count: 6))
        #expect(three.map(\.requiresPartialUploadType) == [false, false, false, true, true, true, true])
        #expect(three.map(\.refusesStateFields) == [true, true, true, true, false, false, false])
        #expect(three.map(\.appendedStatus.code) == [201, 201, 201, 201, 204, 204, 204])
        #expect(three.map(\.reportsProgress) == [false, false, true, true, true, true, true])
        #expect(three.map(\.repeatsLocation) == [false, false, false, false, false, true, true])
        #expect(three.map(\.replaysCompletion) == [true, true, true, false, false, true, true])
        #expect(three.map(\.completesEmptyCreation) == [false, false, true, true, false, false, false])
        #expect(
            three.map(\.unmarkedAppend) == [
                .completes, .completesAtLength, .completesAtLength, .completesAtLength, .refused, .refused, .refused,
            ])
    }
}

extension InteropVersion {
    static func of(_ number: Int) -> InteropVersion { InteropVersion(number: number) ?? .latest }
}
