/// A connected region of a mask.
struct Region {
    /// The indices (`y * width + x`) of its pixels, in scan order.
    var pixels: [Int]
    /// The tight box around it.
    var box: Box
}

extension BinaryMask {
    /// The 8-connected regions of the foreground, in the scan order of their first pixels.
    func regions() -> [Region] {
        var visited = [Bool](repeating: false, count: values.count)
        var found: [Region] = []
        for start in 0..<values.count where values[start] && !visited[start] {
            visited[start] = true
            var stack = [start]
            var pixels: [Int] = []
            while let pixel = stack.popLast() {
                pixels.append(pixel)
                for neighbour in neighbours(of: pixel) where values[neighbour] && !visited[neighbour] {
                    visited[neighbour] = true
                    stack.append(neighbour)
                }
            }
            pixels.sort()
            found.append(Region(pixels: pixels, box: box(around: pixels)))
        }
        return found
    }

    /// The up to eight neighbours of a pixel.
    func neighbours(of pixel: Int) -> [Int] {
        let (x, y) = (pixel % width, pixel / width)
        var found: [Int] = []
        for ny in max(0, y - 1)...min(height - 1, y + 1) {
            for nx in max(0, x - 1)...min(width - 1, x + 1) where ny != y || nx != x {
                found.append(ny * width + nx)
            }
        }
        return found
    }

    /// The tight box around all foreground, nil when there is none.
    public var boundingBox: Box? {
        let pixels = values.indices.filter { values[$0] }
        return pixels.isEmpty ? nil : box(around: pixels)
    }

    private func box(around pixels: [Int]) -> Box {
        let columns = pixels.map { $0 % width }
        let rows = pixels.map { $0 / width }
        let (x0, y0) = (columns.min() ?? 0, rows.min() ?? 0)
        return Box(x0: x0, y0: y0, x1: (columns.max() ?? 0) + 1, y1: (rows.max() ?? 0) + 1)
    }
}
