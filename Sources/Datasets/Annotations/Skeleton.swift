extension BinaryMask {
    /// The skeleton of one region by the thinning of Zhang and Suen (1984): one pixel wide, connected, never empty.
    ///
    /// Foreground on the border of the mask is treated as if background surrounded the mask.
    func skeleton() -> BinaryMask {
        var thin = self
        var changed = true
        while changed {
            changed = false
            for pass in 0..<2 {
                var removed = thin.values.indices.filter { thin.values[$0] && thin.isRemovable($0, pass: pass) }
                // The rule takes all four pixels of a square of two at once; one has to stay.
                if removed.count == thin.area { removed = Array(removed.dropFirst()) }
                for pixel in removed { thin.values[pixel] = false }
                changed = changed || !removed.isEmpty
            }
        }
        return thin
    }

    /// The rule of Zhang and Suen for one sub-iteration.
    private func isRemovable(_ pixel: Int, pass: Int) -> Bool {
        let ring = ring(of: pixel)
        let count = ring.reduce(0) { $0 + ($1 ? 1 : 0) }
        guard (2...6).contains(count) else { return false }
        var transitions = 0
        for index in 0..<8 where !ring[index] && ring[(index + 1) % 8] { transitions += 1 }
        guard transitions == 1 else { return false }
        let (north, east, south, west) = (ring[0], ring[2], ring[4], ring[6])
        if pass == 0 { return !(north && east && south) && !(east && south && west) }
        return !(north && east && west) && !(north && south && west)
    }

    /// The neighbours clockwise from the north.
    private func ring(of pixel: Int) -> [Bool] {
        let (x, y) = (pixel % width, pixel / width)
        let offsets = [(0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1)]
        return offsets.map { dx, dy in
            let (nx, ny) = (x + dx, y + dy)
            guard nx >= 0 && nx < width && ny >= 0 && ny < height else { return false }
            return values[ny * width + nx]
        }
    }

    /// The longest shortest path through the foreground: from the pixel farthest from the first one to the pixel
    /// farthest from that. Loops are cut, side branches left out.
    func longestPath() -> [Int] {
        guard let first = values.firstIndex(of: true) else { return [] }
        guard let start = breadthFirst(from: first).order.last else { return [] }
        let search = breadthFirst(from: start)
        guard var pixel = search.order.last else { return [] }
        var path = [pixel]
        while let parent = search.parents[pixel], parent != pixel {
            path.append(parent)
            pixel = parent
        }
        return path
    }

    private func breadthFirst(from start: Int) -> (order: [Int], parents: [Int: Int]) {
        var order = [start]
        var parents = [start: start]
        var position = 0
        while position < order.count {
            let pixel = order[position]
            position += 1
            for neighbour in neighbours(of: pixel) where values[neighbour] && parents[neighbour] == nil {
                parents[neighbour] = pixel
                order.append(neighbour)
            }
        }
        return (order, parents)
    }
}
