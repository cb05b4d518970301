/// Squared Euclidean distances, exact, by the lower envelope of parabolas (Felzenszwalb and Huttenlocher, 2012).
enum DistanceTransform {
    /// For each pixel the squared distance between its centre and the centre of the nearest pixel that is `value`.
    ///
    /// Where no such pixel exists the distances are at least `width² + height²`.
    static func squared(_ mask: BinaryMask, to value: Bool) -> [Double] {
        let (width, height) = (mask.width, mask.height)
        // Larger than any distance in the image, yet small enough to add up exactly.
        let far = Double(width * width + height * height) * 2
        var field = mask.values.map { $0 == value ? 0 : far }
        for x in 0..<width {
            let column = envelope((0..<height).map { field[$0 * width + x] })
            for y in 0..<height { field[y * width + x] = column[y] }
        }
        for y in 0..<height {
            let row = envelope(Array(field[(y * width)..<((y + 1) * width)]))
            for x in 0..<width { field[y * width + x] = row[x] }
        }
        return field
    }

    /// `min over q of (p - q)² + values[q]` for every p.
    private static func envelope(_ values: [Double]) -> [Double] {
        var vertices = [0]
        var starts = [-Double.infinity]
        for q in values.indices.dropFirst() {
            var cut = intersection(values, vertices[vertices.count - 1], q)
            while cut <= starts[starts.count - 1] {
                vertices.removeLast()
                starts.removeLast()
                cut = intersection(values, vertices[vertices.count - 1], q)
            }
            vertices.append(q)
            starts.append(cut)
        }
        var result = values
        var current = 0
        for p in values.indices {
            while current + 1 < starts.count && starts[current + 1] < Double(p) { current += 1 }
            let offset = Double(p - vertices[current])
            result[p] = offset * offset + values[vertices[current]]
        }
        return result
    }

    /// Where the parabola of `q` gets below the one of `p`, for p < q.
    private static func intersection(_ values: [Double], _ p: Int, _ q: Int) -> Double {
        let (a, b) = (Double(p), Double(q))
        let difference = values[q] + b * b - values[p] - a * a
        return difference / (2 * (b - a))
    }
}

extension BinaryMask {
    /// Erosion followed by dilation with a disc: what is thinner than the disc disappears.
    func opened(radius: Double) -> BinaryMask {
        let limit = radius * radius
        let inner = DistanceTransform.squared(self, to: false).map { $0 > limit }
        guard inner.contains(true) else {
            return BinaryMask(height: height, width: width, values: inner)
        }
        let eroded = BinaryMask(height: height, width: width, values: inner)
        let outer = DistanceTransform.squared(eroded, to: true).map { $0 <= limit }
        return BinaryMask(height: height, width: width, values: outer)
    }
}
