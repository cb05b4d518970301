/// The pixels of one mask, row by row.
struct SAMMaskGrid {
    let height: Int
    let width: Int
    var values: [Bool]

    /// The box from the first pixel to the last, zeros for a mask without pixels.
    var box: SAMPrompt.Box {
        var (left, top, right, bottom) = (width, height, -1, -1)
        for row in 0..<height {
            for column in 0..<width where values[row * width + column] {
                (left, right) = (min(left, column), max(right, column))
                (top, bottom) = (min(top, row), max(bottom, row))
            }
        }
        guard right >= 0 else { return SAMPrompt.Box(left: 0, top: 0, right: 0, bottom: 0) }
        return SAMPrompt.Box(left: Float(left), top: Float(top), right: Float(right), bottom: Float(bottom))
    }

    /// The mask in a larger photo, its corner at (x, y).
    func placed(x: Int, y: Int, height newHeight: Int, width newWidth: Int) -> SAMMaskGrid {
        if height == newHeight && width == newWidth { return self }
        var all = [Bool](repeating: false, count: newHeight * newWidth)
        for row in 0..<height {
            let start = (y + row) * newWidth + x
            all.replaceSubrange(start..<(start + width), with: values[(row * width)..<((row + 1) * width)])
        }
        return SAMMaskGrid(height: newHeight, width: newWidth, values: all)
    }

    /// Fills holes of fewer than `area` pixels, then takes away islands of fewer, all but the largest where every one is small.
    /// Diagonal neighbours belong together.
    ///
    /// - Returns: whether anything changed.
    mutating func clean(area: Int) -> Bool {
        let holes = regions(of: false).filter { $0.count < area }
        for pixel in holes.joined() { values[pixel] = true }
        let islands = regions(of: true)
        let small = islands.filter { $0.count < area }
        let largest = islands.max { $0.count < $1.count }?.count
        // Of equally large ones the first stays, if all are small.
        let spared = small.count == islands.count ? small.firstIndex { $0.count == largest } : nil
        for (index, region) in small.enumerated() where index != spared {
            for pixel in region { values[pixel] = false }
        }
        return !holes.isEmpty || !small.isEmpty
    }

    /// The connected pixels that are `value`, region by region.
    private func regions(of value: Bool) -> [[Int]] {
        var isFree = values.map { $0 == value }
        var regions: [[Int]] = []
        for start in isFree.indices where isFree[start] {
            isFree[start] = false
            var region = [start]
            var next = 0
            while next < region.count {
                let (row, column) = (region[next] / width, region[next] % width)
                next += 1
                for y in max(row - 1, 0)...min(row + 1, height - 1) {
                    for x in max(column - 1, 0)...min(column + 1, width - 1) where isFree[y * width + x] {
                        isFree[y * width + x] = false
                        region.append(y * width + x)
                    }
                }
            }
            regions.append(region)
        }
        return regions
    }
}

extension SAMPrompt.Box {
    /// The area between the edges, as torchvision counts it.
    var area: Float { (right - left) * (bottom - top) }

    /// Non-maximum suppression: the indices of boxes, by falling score, without those that overlap a kept one by an IoU above
    /// `overlap`. Of equal scores the first comes first.
    static func suppressed(_ boxes: [SAMPrompt.Box], scores: [Float], overlap: Float) -> [Int] {
        let order = boxes.indices.sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
        var kept: [Int] = []
        for index in order {
            let isDuplicate = kept.contains { boxes[$0].intersectionOverUnion(boxes[index]) > overlap }
            if !isDuplicate { kept.append(index) }
        }
        return kept
    }

    /// Not a number for two boxes without area.
    private func intersectionOverUnion(_ other: SAMPrompt.Box) -> Float {
        let width = max(min(right, other.right) - max(left, other.left), 0)
        let height = max(min(bottom, other.bottom) - max(top, other.top), 0)
        let shared = width * height
        return shared / (area + other.area - shared)
    }
}
