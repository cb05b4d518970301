extension RGBImage {
    /// A rectangle of the picture, which may reach beyond it on any side.
    ///
    /// - Parameter color: what is beyond, red, green, blue; ImageNet's mean by default.
    package func placed(
        y: Int, x: Int, height: Int, width: Int, around color: [UInt8] = PhotoCanvas.Padding.mean.color
    ) -> RGBImage {
        var result = RGBImage(height: height, width: width, red: color[0], green: color[1], blue: color[2])
        let columns = max(x, 0)..<max(min(x + width, self.width), max(x, 0))
        guard !columns.isEmpty else { return result }
        for row in max(y, 0)..<max(min(y + height, self.height), max(y, 0)) {
            let source = (row * self.width + columns.lowerBound) * 3
            let target = ((row - y) * width + columns.lowerBound - x) * 3
            result.pixels.replaceSubrange(target..<target + columns.count * 3, with: pixels[source..<source + columns.count * 3])
        }
        return result
    }
}

extension LabelGrid {
    /// A rectangle of the grid, which may reach beyond it on any side.
    ///
    /// - Parameter label: what is beyond.
    func placed(y: Int, x: Int, height: Int, width: Int, around label: Label) -> Self {
        var values = [Label](repeating: label, count: height * width)
        for row in max(y, 0)..<max(min(y + height, self.height), max(y, 0)) {
            for column in max(x, 0)..<max(min(x + width, self.width), max(x, 0)) {
                values[(row - y) * width + column - x] = self.values[row * self.width + column]
            }
        }
        return Self(height: height, width: width, values: values)
    }
}

extension ClassMap {
    /// A rectangle of the map, which may reach beyond it on any side; what is beyond is void.
    package func placed(y: Int, x: Int, height: Int, width: Int) -> ClassMap {
        placed(y: y, x: x, height: height, width: width, around: Self.void)
    }
}
