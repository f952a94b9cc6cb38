import Testing
import UploadClient

@Suite struct PutGroupsTests {
    private let small = PutGroups.smallBytesMax

    @Test func `a group has no more files and bytes than permitted`() {
        #expect(PutGroups.groups(Array(repeating: 1, count: 5), filesMax: 2) == [[0, 1], [2, 3], [4]])
        let full = Array(repeating: small as UInt64?, count: 9)
        #expect(PutGroups.groups(full, filesMax: 100) == [Array(0..<8), [8]])
        #expect(PutGroups.groups([], filesMax: 10) == [])
    }

    @Test func `many groups at once are smaller, but take at least one file`() {
        let full = Array(repeating: small as UInt64?, count: 9)
        #expect(PutGroups.groups(full, filesMax: 100, parallel: 8).map(\.count) == [8, 1])
        #expect(PutGroups.groups(full, filesMax: 100, parallel: 16).map(\.count) == [4, 4, 1])
        #expect(PutGroups.groups(full, filesMax: 100, parallel: 1000).map(\.count) == Array(repeating: 1, count: 9))
    }

    @Test func `a file above the limit is alone, and does not part the small ones around it`() {
        #expect(PutGroups.groups([1, small + 1, 2, small], filesMax: 10) == [[0, 2, 3], [1]])
    }

    @Test(arguments: [1, 7, 1000]) func `every file is in one group`(_ filesMax: Int) {
        let sizes = (0..<500).map { UInt64($0 * 7919 % 3_000_000) }
        let groups = PutGroups.groups(sizes, filesMax: filesMax)
        #expect(groups.flatMap { $0 }.sorted() == Array(0..<500))
        #expect(groups.allSatisfy { $0 == $0.sorted() && $0.count <= filesMax })
    }
}
