import Testing

@testable import ImagingWire

@Suite struct SentenceTests {
    @Test("a picture of too many pixels is told with both figures")
    func pixels() {
        let problem = PictureProblem.tooManyPixels(.png, width: 30_000, height: 30_000, limit: 250_000_000)
        #expect(problem.description == "the picture has 900 megapixels; at most 250 are derived")
    }

    @Test("a picture just above the limit does not read as one at the limit")
    func rounding() {
        let problem = PictureProblem.tooManyPixels(.gif, width: 50_000_001, height: 1, limit: 50_000_000)
        #expect(problem.description == "the picture has 50.1 megapixels; at most 50 are derived")
    }

    @Test("limits that cannot work are named", arguments: [0, 4000] as [UInt32])
    func limits(seconds: UInt32) {
        var limits = PictureLimits()
        limits.seconds = seconds
        let invalid = #expect(throws: InvalidPictureLimit.self) { try limits.validate() }
        #expect(invalid?.description == "the limit of seconds is \(seconds); it must be from 1 to 3600")
    }

    @Test("the limits there are by themselves work")
    func defaults() throws {
        try PictureLimits().validate()
    }
}
