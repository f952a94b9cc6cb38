import Testing

@testable import Imaging

@Suite struct ScreenColoursTests {
    private func screen(primaries: Int, transfer: Int) -> ScreenColours? {
        ScreenColours(HEIFStructure.Colour(primaries: primaries, transfer: transfer, isFullRange: true))
    }

    private func converted(_ pixel: [UInt16], _ colours: ScreenColours) -> [UInt8] {
        pixel.withUnsafeBufferPointer { colours.converted($0, bands: pixel.count, maximum: UInt16.max) }
    }

    private func code(_ share: Double) -> UInt16 { UInt16(share * 65_535) }

    @Test(arguments: [1, 2, 6, 13, 14])
    func `colours of sRGB, and of video, are not converted`(transfer: Int) {
        #expect(screen(primaries: 1, transfer: transfer) == nil)
        #expect(screen(primaries: 2, transfer: transfer) == nil)
        #expect(screen(primaries: 12, transfer: transfer) != nil)
    }

    /// BT.2408, table 1: the white of an ordinary picture is at 58 % in PQ and at 75 % in HLG.
    @Test(arguments: [(16, 0.5807), (18, 0.75)])
    func `the white of an ordinary screen has one brightness in PQ and HLG`(transfer: Int, share: Double) throws {
        let colours = try #require(screen(primaries: 9, transfer: transfer))
        #expect(colours.isToneMapped)
        let white = code(share)
        let pixel = converted([white, white, white], colours)
        // A light of 1 is mapped to 0.853.
        for component in pixel { #expect(abs(Int(component) - 237) <= 3, "\(pixel)") }
    }

    @Test(arguments: [16, 18])
    func `a brighter code is never darker, and the ends are black and white`(transfer: Int) throws {
        let colours = try #require(screen(primaries: 1, transfer: transfer))
        var last: UInt8 = 0
        for step in 0...64 {
            let value = code(Double(step) / 64)
            let grey = converted([value, value, value], colours)
            #expect(Set(grey).count == 1 && grey[0] >= last)
            last = grey[0]
        }
        #expect(converted([0, 0, 0], colours) == [0, 0, 0])
        #expect(last >= 254)
    }

    @Test func `white stays white in other primaries, red is more than sRGB has, and alpha stays`() throws {
        let p3 = try #require(screen(primaries: 12, transfer: 13))
        #expect(!p3.isToneMapped)
        let white = converted([65_535, 65_535, 65_535, 32_768], p3)
        #expect(white[0...2].allSatisfy { $0 >= 254 } && white[3] == 127)
        #expect(converted([65_535, 0, 0], p3) == [255, 0, 0])
    }
}
