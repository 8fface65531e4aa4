//! Turns of reading: the permission of a connection to read its request.
//!
//! A request begins with a head, which ends with an empty line. Nothing after that line is read until the
//! middleware has determined the announced body, and nothing after the body until the response is sent. The
//! server therefore never has a second request of a client while it handles the first.

/// Maximum number of bytes that are read at once.
pub(super) const PIECE: usize = 4 << 10;

/// Bytes of a WebSocket that may wait for the task that reads its frames.
const FRAMES: usize = 8 << 10;

/// Next input of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// The head of a request.
    Head,
    /// The bytes of a body.
    Body(u64),
    /// A chunked body, or the rest of one that is not read. Its end coincides with an empty line.
    Chunks,
    /// The frames of a WebSocket.
    Frames,
}

/// The state of a connection's input.
#[derive(Debug)]
pub(super) struct Turns {
    input: Input,
    is_answering: bool,
    /// `true` if all permitted input was read. The next turn begins when the responses are sent.
    is_over: bool,
    /// Bytes of a head that were read.
    head: usize,
    line: LineEnd,
    /// Bytes of frames that were read and not consumed yet.
    frames: usize,
}

/// State of an empty line. A line may end without a carriage return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineEnd {
    Begun,
    /// The line before has ended, possibly followed by a carriage return.
    Ended {
        by_return: bool,
    },
}

impl Turns {
    /// Creates the state before the first request.
    pub(super) fn new() -> Self {
        Self {
            input: Input::Head,
            is_answering: false,
            is_over: false,
            head: 0,
            line: LineEnd::Begun,
            frames: 0,
        }
    }

    /// Returns how many bytes may be read now.
    pub(super) fn most(&self) -> usize {
        match self.input {
            _ if self.is_over => 0,
            Input::Head if self.is_answering => 0,
            Input::Head | Input::Chunks => PIECE,
            Input::Body(left) => usize::try_from(left).map_or(PIECE, |left| left.min(PIECE)),
            Input::Frames => FRAMES.saturating_sub(self.frames).min(PIECE),
        }
    }

    /// Takes bytes, at most as many as permitted, and returns how many of them belong to this turn.
    pub(super) fn take(&mut self, bytes: &[u8]) -> usize {
        match self.input {
            Input::Head => {
                let (taken, is_end) = self.line.find(bytes);
                self.head += taken;
                self.is_over = is_end;
                taken
            }
            Input::Chunks => {
                self.is_over = true;
                self.line.find(bytes).0
            }
            Input::Body(left) => {
                self.is_over = true;
                let left = left.saturating_sub(bytes.len() as u64);
                self.input = if left == 0 { Input::Head } else { Input::Body(left) };
                bytes.len()
            }
            Input::Frames => {
                self.is_over = true;
                self.frames += bytes.len();
                bytes.len()
            }
        }
    }

    /// Returns how many bytes of an unfinished head were read.
    pub(super) fn head(&self) -> usize {
        self.head
    }

    /// Returns whether a request is in progress.
    pub(super) fn is_answering(&self) -> bool {
        self.is_answering
    }

    /// Returns whether the input belongs to a request that was already answered.
    pub(super) fn is_rest(&self) -> bool {
        self.input == Input::Chunks && !self.is_answering
    }

    /// Records that everything was sent.
    pub(super) fn all_sent(&mut self) {
        self.is_over = false;
    }

    /// Begins a request with `input` after its head.
    pub(super) fn begin(&mut self, input: Input) {
        self.input = input;
        self.is_answering = true;
        self.head = 0;
        self.line = LineEnd::Begun;
    }

    /// Records that the whole body was read.
    pub(super) fn body_was_read(&mut self) {
        self.input = Input::Head;
    }

    /// Ends a response. Unread input of its request is ignored.
    pub(super) fn end(&mut self) {
        self.is_answering = false;
        self.is_over = true;
        self.frames_are_ignored();
    }

    /// Records the number of consumed frame bytes.
    pub(super) fn frames_were_taken(&mut self, bytes: usize) {
        self.frames = self.frames.saturating_sub(bytes);
    }

    /// Records that the rest is not read.
    pub(super) fn frames_are_ignored(&mut self) {
        if self.input != Input::Head {
            self.input = Input::Chunks;
        }
    }
}

impl LineEnd {
    /// Returns the number of bytes up to the end of an empty line, and whether there is one; otherwise all
    /// bytes.
    fn find(&mut self, bytes: &[u8]) -> (usize, bool) {
        for (at, byte) in bytes.iter().enumerate() {
            *self = match (byte, *self) {
                (b'\n', Self::Ended { .. }) => {
                    *self = Self::Begun;
                    return (at + 1, true);
                }
                (b'\n', Self::Begun) => Self::Ended { by_return: false },
                (b'\r', Self::Ended { by_return: false }) => Self::Ended { by_return: true },
                _ => Self::Begun,
            };
        }
        (bytes.len(), false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads like the connection, in pieces of `size` bytes, and returns the input of each turn until no more
    /// may be read.
    fn read(turns: &mut Turns, mut bytes: &[u8], size: usize) -> String {
        let mut read = Vec::new();
        while turns.most() > 0 && !bytes.is_empty() {
            let piece = &bytes[..bytes.len().min(size).min(turns.most())];
            let taken = turns.take(piece);
            read.extend(&bytes[..taken]);
            bytes = &bytes[taken..];
        }
        String::from_utf8(read).unwrap()
    }

    #[test]
    fn a_turn_ends_with_the_head_however_it_comes() {
        for head in
            ["GET / HTTP/1.1\r\nhost: a\r\n\r\n", "GET / HTTP/1.1\nhost: a\n\n", "GET /\r\n\n", "\n\r\n"]
        {
            for size in [1, 2, 3, 7, 1_000] {
                let mut turns = Turns::new();
                let all = format!("{head}GET /next HTTP/1.1\r\n\r\n");
                assert_eq!(read(&mut turns, all.as_bytes(), size), head, "{size}");
                assert_eq!((turns.most(), turns.head()), (0, head.len()));
            }
        }
        let mut turns = Turns::new();
        assert_eq!(read(&mut turns, b"a\r\r\n\rb\r\n\r\r\nc", 1_000), "a\r\r\n\rb\r\n\r\r\nc");
    }

    #[test]
    fn nothing_behind_a_request_is_read_until_its_answer_is_sent() {
        let mut turns = Turns::new();
        assert_eq!(read(&mut turns, b"GET /\n\nGET /\n\n", 1_000), "GET /\n\n");
        turns.begin(Input::Head);
        turns.all_sent();
        assert_eq!(turns.most(), 0);
        turns.end();
        assert_eq!(turns.most(), 0);
        turns.all_sent();
        assert_eq!(read(&mut turns, b"GET /\n\n", 1_000), "GET /\n\n");
    }

    #[test]
    fn of_a_body_exactly_its_length_is_read() {
        let mut turns = Turns::new();
        read(&mut turns, b"POST /\n\n", 1_000);
        turns.begin(Input::Body(7));
        turns.all_sent();
        assert_eq!(read(&mut turns, b"a\n\nbc", 1_000), "a\n\nbc");
        turns.all_sent();
        assert_eq!(read(&mut turns, b"deGET /\n\n", 1_000), "de");
        turns.all_sent();
        assert_eq!(turns.most(), 0);
        turns.end();
        turns.all_sent();
        assert_eq!(turns.most(), PIECE);
        assert!(!turns.is_rest());
    }

    #[test]
    fn of_a_body_in_chunks_no_more_than_up_to_an_empty_line_is_read_at_once() {
        let mut turns = Turns::new();
        turns.begin(Input::Chunks);
        assert_eq!(read(&mut turns, b"3\r\na\n\n\r\n0\r\n\r\nGET /", 1_000), "3\r\na\n\n");
        turns.all_sent();
        assert_eq!(read(&mut turns, b"\r\n0\r\n\r\nGET /", 1_000), "\r\n0\r\n\r\n");
        turns.body_was_read();
        turns.all_sent();
        assert_eq!(turns.most(), 0);
    }

    #[test]
    fn unread_input_is_the_rest_of_a_request() {
        for input in [Input::Body(100), Input::Chunks, Input::Frames] {
            let mut turns = Turns::new();
            turns.begin(input);
            assert!(!turns.is_rest());
            turns.end();
            turns.all_sent();
            assert!(turns.is_rest() && turns.most() == PIECE, "{input:?}");
        }
    }

    #[test]
    fn frames_wait_for_their_reader() {
        let mut turns = Turns::new();
        turns.begin(Input::Frames);
        let frames = vec![0; 3 * FRAMES];
        let mut taken = 0;
        while turns.most() > 0 {
            taken += turns.take(&frames[..turns.most()]);
            turns.all_sent();
        }
        assert_eq!(taken, FRAMES);
        turns.frames_were_taken(10);
        assert_eq!(turns.most(), 10);
    }
}
