/// Breaks a paragraph into lines as Python's textwrap does, which is what argparse uses.
///
/// Besides blanks, a line may end after the hyphen of a hyphenated word and before a dash.
struct TextWrapping {
    let width: Int

    func lines(of text: String) -> [String] {
        let words = text.split { $0.isWhitespace }.map(String.init)
        var chunks: [String] = []
        for (index, word) in words.enumerated() {
            if index > 0 { chunks.append(" ") }
            chunks += Self.pieces(of: Array(word))
        }
        return fill(chunks)
    }

    private func fill(_ chunks: [String]) -> [String] {
        var lines: [String] = []
        var rest = Array(chunks.reversed())
        while !rest.isEmpty {
            if rest.last == " ", !lines.isEmpty { rest.removeLast() }
            var line = ""
            while let chunk = rest.last, line.count + chunk.count <= width {
                line += chunk
                rest.removeLast()
            }
            if let chunk = rest.last, chunk.count > width {
                rest.removeLast()
                let taken = Self.taken(from: chunk, space: width - line.count)
                line += chunk.prefix(taken)
                rest.append(String(chunk.dropFirst(taken)))
            } else if line.hasSuffix(" ") {
                line.removeLast()
            }
            if !line.isEmpty { lines.append(line) }
        }
        return lines
    }

    /// How much of a chunk that is longer than any line goes on this one.
    private static func taken(from chunk: String, space: Int) -> Int {
        let head = Array(chunk.prefix(space))
        if chunk.count > space, let hyphen = head.lastIndex(of: "-"), hyphen > 0,
            head[..<hyphen].contains(where: { $0 != "-" })
        {
            return hyphen + 1
        }
        return space
    }

    /// The parts of a word between which a line may end.
    private static func pieces(of word: [Character]) -> [String] {
        var pieces: [String] = []
        var start = 0
        for index in word.indices.dropFirst() where mayBreak(word, before: index, from: start) {
            pieces.append(String(word[start..<index]))
            start = index
        }
        pieces.append(String(word[start...]))
        return pieces
    }

    private static func mayBreak(_ word: [Character], before index: Int, from start: Int) -> Bool {
        isAfterHyphen(word, index, start) || isAtDash(word, index)
    }

    /// After a hyphen that has two letters before it and two after it.
    private static func isAfterHyphen(_ word: [Character], _ index: Int, _ start: Int) -> Bool {
        guard word[index - 1] == "-", index - start >= 2, index + 1 < word.count else {
            return false
        }
        let hyphen = index - 1
        let joins =
            isLetter(word, hyphen - 1) && isLetter(word, hyphen - 2)
            || isWordPunctuation(word, hyphen - 1) && character(word, hyphen - 2) == "-"
                && isLetter(word, hyphen - 3)
        let second = word[index + 1] == "-" ? index + 2 : index + 1
        return joins && isLetter(word, index) && isLetter(word, second)
    }

    /// Around a dash of two or more hyphens between words.
    private static func isAtDash(_ word: [Character], _ index: Int) -> Bool {
        if word[index] == "-" && word[index - 1] != "-" {
            var end = index
            while end < word.count, word[end] == "-" { end += 1 }
            return end - index >= 2 && end < word.count && isWord(word[end])
                && isWordPunctuation(word, index - 1)
        }
        guard word[index - 1] == "-", word[index] != "-", isWord(word[index]) else { return false }
        var first = index - 1
        while first > 0, word[first - 1] == "-" { first -= 1 }
        return index - first >= 2 && first > 0 && isWordPunctuation(word, first - 1)
    }

    private static func character(_ word: [Character], _ index: Int) -> Character? {
        word.indices.contains(index) ? word[index] : nil
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    private static func isLetter(_ word: [Character], _ index: Int) -> Bool {
        guard let character = character(word, index) else { return false }
        return character.isLetter || character == "_"
    }

    private static func isWordPunctuation(_ word: [Character], _ index: Int) -> Bool {
        guard let character = character(word, index) else { return false }
        return isWord(character) || "!\"'&.,?".contains(character)
    }
}
