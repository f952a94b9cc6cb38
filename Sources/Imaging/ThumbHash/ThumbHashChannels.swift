/// A picture as ThumbHash sees it: over its average colour, as lightness and two differences.
struct ThumbHashChannels {
    private(set) var lightness: [Double] = []
    private(set) var yellowBlue: [Double] = []
    private(set) var redGreen: [Double] = []
    private(set) var alpha: [Double] = []
    let hasAlpha: Bool

    init(width: Int, height: Int, _ pixel: (Int) -> ThumbHash.Pixel) {
        let count = width * height
        var (red, green, blue, opacity) = (0.0, 0.0, 0.0, 0.0)
        for index in 0..<count {
            let pixel = pixel(index)
            let alpha = Double(pixel.alpha) / 255
            red += alpha / 255 * Double(pixel.red)
            green += alpha / 255 * Double(pixel.green)
            blue += alpha / 255 * Double(pixel.blue)
            opacity += alpha
        }
        if opacity > 0 {
            red /= opacity
            green /= opacity
            blue /= opacity
        }
        hasAlpha = opacity < Double(count)
        for index in 0..<count {
            let pixel = pixel(index)
            let alpha = Double(pixel.alpha) / 255
            let over = (
                red: red * (1 - alpha) + alpha / 255 * Double(pixel.red),
                green: green * (1 - alpha) + alpha / 255 * Double(pixel.green),
                blue: blue * (1 - alpha) + alpha / 255 * Double(pixel.blue)
            )
            lightness.append((over.red + over.green + over.blue) / 3)
            yellowBlue.append((over.red + over.green) / 2 - over.blue)
            redGreen.append(over.red - over.green)
            self.alpha.append(alpha)
        }
    }
}
