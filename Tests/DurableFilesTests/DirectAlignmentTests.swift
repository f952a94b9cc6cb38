import DurableFiles
import Testing

/// Which bytes can be written directly.
@Suite struct DirectAlignmentTests {
    private func blocks(_ count: Int, at offset: UInt64, address: Int = 0) -> Range<Int>? {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 16)
        defer { memory.deallocate() }
        let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[address..<address + count])
        return DirectAlignment(blockBytes: 8, memoryBytes: 4).wholeBlocks(of: bytes, at: offset)
    }

    @Test func `they are the whole blocks`() {
        #expect(blocks(16, at: 8) == 0..<16)
        #expect(blocks(23, at: 8) == 0..<16)
        #expect(blocks(24, at: 4) == 4..<20)
        #expect(blocks(20, at: 4) == 4..<20)
        #expect(blocks(12, at: 4) == 4..<12)
        #expect(blocks(11, at: 4) == nil)
        #expect(blocks(7, at: 0) == nil)
        #expect(blocks(8, at: 0) == 0..<8)
        #expect(blocks(0, at: 0) == nil)
        #expect(blocks(16, at: .max - 15) == 0..<16)
    }

    @Test func `the first of them is aligned in memory`() {
        #expect(blocks(16, at: 0, address: 4) == 0..<16)
        #expect(blocks(16, at: 0, address: 1) == nil)
        // One byte belongs to the block before.
        #expect(blocks(17, at: 7, address: 3) == 1..<17)
        #expect(blocks(17, at: 7, address: 4) == nil)
    }
}
