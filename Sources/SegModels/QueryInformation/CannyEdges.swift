public import TensorCore

/// Canny's edge detector, pixel for pixel as OpenCV's `cv::Canny` with aperture 3 and the L1 norm.
public struct CannyEdges: Hashable, RangedConfiguration {
    /// Gradients below do not count.
    public var low: Int32 = 100
    /// Gradients above begin an edge.
    public var high: Int32 = 200

    public static let ranges: ConfigurationRanges = ["low": .whole(0...65535), "high": .whole(0...65535)]

    /// OpenCV's usual thresholds.
    public init() {}

    /// True on edges, row by row.
    public func callAsFunction(_ image: GreyImage) -> [Bool] {
        let gradients = SobelGradients(image)
        let magnitudes = zip(gradients.dx, gradients.dy).map { abs($0) + abs($1) }
        var kept = [Bool](repeating: false, count: magnitudes.count)
        for row in 0..<image.height {
            for column in 0..<image.width {
                let position = row * image.width + column
                guard magnitudes[position] > low else { continue }
                kept[position] = Self.isMaximum(
                    row, column, image, magnitudes, gradients.dx[position], gradients.dy[position])
            }
        }
        return hysteresis(kept, magnitudes, image)
    }

    /// Whether a pixel is the largest across its edge; the direction is quantised to 45 degrees in 15-bit fixed point.
    private static func isMaximum(
        _ row: Int, _ column: Int, _ image: GreyImage, _ magnitudes: [Int32], _ dx: Int32, _ dy: Int32
    ) -> Bool {
        func magnitude(_ dRow: Int, _ dColumn: Int) -> Int32 {
            let (r, c) = (row + dRow, column + dColumn)
            guard r >= 0, r < image.height, c >= 0, c < image.width else { return 0 }
            return magnitudes[r * image.width + c]
        }
        let own = magnitudes[row * image.width + column]
        let (x, y) = (abs(dx), abs(dy) << 15)
        let tangent = x * 13573
        if y < tangent { return own > magnitude(0, -1) && own >= magnitude(0, 1) }
        if y > tangent + (x << 16) { return own > magnitude(-1, 0) && own >= magnitude(1, 0) }
        let slope = (dx ^ dy) < 0 ? -1 : 1
        return own > magnitude(-1, -slope) && own > magnitude(1, slope)
    }

    /// Grows edges from strong pixels through kept ones, eight neighbours.
    private func hysteresis(_ kept: [Bool], _ magnitudes: [Int32], _ image: GreyImage) -> [Bool] {
        var edges = [Bool](repeating: false, count: kept.count)
        var pending = kept.indices.filter { kept[$0] && magnitudes[$0] > high }
        for position in pending { edges[position] = true }
        while let position = pending.popLast() {
            let (row, column) = (position / image.width, position % image.width)
            for r in max(row - 1, 0)...min(row + 1, image.height - 1) {
                for c in max(column - 1, 0)...min(column + 1, image.width - 1) {
                    let neighbour = r * image.width + c
                    guard kept[neighbour], !edges[neighbour] else { continue }
                    edges[neighbour] = true
                    pending.append(neighbour)
                }
            }
        }
        return edges
    }
}
