//! Channels: the list `[[channel]]` of the config file.
//!
//! Texts of the file are not in errors, not even those of the TOML library: any of them may be a secret.

use crate::channel::{
    ChannelLanguage, ChannelNames, ChannelSettings, ChannelTarget, HttpKind, HttpTarget, Need, SmtpTarget,
    SmtpTls,
};
use crate::secret::{Secret, SecretPlace, SecretSource};
use ctm_reader::expand_home;
use serde::Deserialize;
use std::path::Path;
use toml::{Spanned, Table, Value};

/// Name of the list.
pub(super) const TABLE: &str = "channel";

/// Maximum number of channels.
const MOST: usize = 50;

/// The longest name, in characters.
const LONGEST_NAME: usize = 40;

/// The most arguments of a command, and recipients of a mail.
const MOST_TEXTS: usize = 100;

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    channel: Vec<Spanned<Table>>,
}

/// The keys of a channel that are still to be read.
struct Fields<'a> {
    table: Table,
    config: &'a Path,
    home: Option<&'a Path>,
    /// The keys that were looked for.
    known: Vec<String>,
}

/// Returns the channels of a config file, given as text with its path. Errors have the line of their entry.
pub(super) fn parse(text: &str, config: &Path, home: Option<&Path>) -> Result<Vec<ChannelSettings>, String> {
    let line = |start: usize| text.get(..start).unwrap_or_default().matches('\n').count() + 1;
    let list: List = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        format!(
            "line {}: `channel` is not a list; a channel is `[[channel]]` with name and kind",
            line(start)
        )
    })?;
    if list.channel.len() > MOST {
        return Err(format!("more than {MOST} entries of `[[channel]]`; remove some"));
    }
    let mut channels: Vec<ChannelSettings> = Vec::new();
    for raw in list.channel {
        let at = line(raw.span().start);
        let fail = |fault: String| format!("line {at}: `[[channel]]` {fault}");
        let fields = Fields { table: raw.into_inner(), config, home, known: Vec::new() };
        let channel = channel(fields).map_err(fail)?;
        if channels.iter().any(|known| known.name == channel.name) {
            return Err(fail(format!("`{}` is there twice; choose another name", channel.name)));
        }
        channels.push(channel);
    }
    Ok(channels)
}

fn channel(mut fields: Fields<'_>) -> Result<ChannelSettings, String> {
    let name = fields.required("name", "phone")?;
    let is_allowed = |char: char| char.is_alphanumeric() || ['-', '_'].contains(&char);
    if name.chars().count() > LONGEST_NAME || !name.chars().all(is_allowed) {
        return Err(format!(
            "has an invalid `name`; allowed: 1 to {LONGEST_NAME} letters, digits, `-` and `_`"
        ));
    }
    let kind = fields.required("kind", "ntfy")?;
    let language = fields.one_of("language", &ChannelLanguage::ALL)?.unwrap_or_default();
    let names = fields.one_of("names", &ChannelNames::ALL)?.unwrap_or_default();
    let http = HttpKind::ALL.into_iter().find(|(known, _)| *known == kind);
    let target = match (&*kind, http) {
        ("exec", _) => ChannelTarget::Exec { command: fields.command()? },
        ("smtp", _) => ChannelTarget::Smtp(fields.smtp()?),
        (_, Some((_, kind))) => ChannelTarget::Http(fields.http(kind)?),
        _ => {
            let known: Vec<_> = HttpKind::ALL.into_iter().map(|(name, _)| name).collect();
            return Err(format!("has an unknown `kind`; allowed: exec, {}, smtp", known.join(", ")));
        }
    };
    fields.finish(&kind)?;
    Ok(ChannelSettings { name, language, names, target })
}

impl Fields<'_> {
    fn http(&mut self, kind: HttpKind) -> Result<HttpTarget, String> {
        let chat = match kind {
            HttpKind::Telegram => Some(self.required("chat", "123456789")?),
            _ => None,
        };
        Ok(HttpTarget {
            kind,
            url: self.secret("url", kind.url())?,
            token: self.secret("token", kind.token())?,
            secret: self.secret("secret", kind.secret())?,
            chat,
            allow_private: self.flag("allow_private")?,
            allow_http: self.flag("allow_http")?,
        })
    }

    fn smtp(&mut self) -> Result<SmtpTarget, String> {
        let host = self.required("host", "smtp.example.org")?;
        let tls = SmtpTls::ALL.map(|(name, tls, port)| (name, (tls, port)));
        let (tls, usual_port) = self.one_of("tls", &tls)?.unwrap_or((SmtpTls::Tls, 465));
        let port = match self.take("port") {
            None => usual_port,
            Some(value) => {
                let port =
                    value.as_integer().and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
                port.ok_or("has an invalid `port`; allowed: a number from 1 to 65535")?
            }
        };
        let user = self.text("user")?;
        let password = self.secret("password", Need::Optional)?;
        let login = match (user, password) {
            (Some(user), Some(password)) => Some((user, password)),
            (None, None) => None,
            _ => return Err("has one of `user` and `password`; specify both, or none".to_owned()),
        };
        Ok(SmtpTarget {
            host,
            port,
            tls,
            login,
            from: self.required("from", "ctm@example.org")?,
            to: self.texts("to", "me@example.org")?,
            allow_private: self.flag("allow_private")?,
        })
    }

    fn command(&mut self) -> Result<Vec<String>, String> {
        let command = self.texts("command", "/usr/local/bin/notify")?;
        match command.iter().any(|text| text.contains('\0')) {
            true => Err("has an invalid `command`; allowed: texts without the character NUL".to_owned()),
            false => Ok(command),
        }
    }

    /// Returns a secret: a text, a file or a variable.
    fn secret(&mut self, key: &'static str, need: Need) -> Result<Option<SecretSource>, String> {
        if need == Need::None {
            return Ok(None);
        }
        let text = match self.text(key)? {
            None => None,
            Some(text) => {
                let secret = Secret::parse(&text);
                Some(secret.ok_or_else(|| format!("has an invalid `{key}`; allowed: one line of text"))?)
            }
        };
        let file = self.text(&format!("{key}_file"))?;
        let variable = self.text(&format!("{key}_env"))?;
        let mut places = [
            text.map(SecretPlace::Config),
            file.map(|file| SecretPlace::File(self.path(&file))),
            variable.map(SecretPlace::Variable),
        ]
        .into_iter()
        .flatten();
        match (places.next(), places.next()) {
            (None, _) if need == Need::Required => {
                Err(format!("has no `{key}`; add `{key}_file`, `{key}_env` or `{key}`"))
            }
            (place, None) => {
                Ok(place.map(|place| SecretSource { key, config: self.config.to_owned(), place }))
            }
            _ => Err(format!("has several of `{key}`, `{key}_file` and `{key}_env`; keep one")),
        }
    }

    /// Returns a path relative to the config file, so that it is independent of the working directory.
    fn path(&self, text: &str) -> std::path::PathBuf {
        let folder = self.config.parent().unwrap_or(Path::new(""));
        folder.join(expand_home(text, self.home))
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        self.known.push(key.to_owned());
        self.table.remove(key)
    }

    fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text)),
            Some(_) => Err(format!("has an invalid `{key}`; allowed: a text that is not empty")),
        }
    }

    fn required(&mut self, key: &str, example: &str) -> Result<String, String> {
        self.text(key)?.ok_or_else(|| format!("has no `{key}`; add `{key} = \"{example}\"`"))
    }

    fn texts(&mut self, key: &str, example: &str) -> Result<Vec<String>, String> {
        let Some(value) = self.take(key) else {
            return Err(format!("has no `{key}`; add `{key} = [\"{example}\"]`"));
        };
        let texts: Option<Vec<String>> = value
            .as_array()
            .map(|items| items.iter().map(|item| item.as_str().map(str::to_owned)))
            .and_then(Iterator::collect);
        texts
            .filter(|texts| (1..=MOST_TEXTS).contains(&texts.len()) && !texts[0].trim().is_empty())
            .ok_or_else(|| format!("has an invalid `{key}`; allowed: a list of 1 to {MOST_TEXTS} texts"))
    }

    fn flag(&mut self, key: &str) -> Result<bool, String> {
        match self.take(key) {
            None => Ok(false),
            Some(Value::Boolean(flag)) => Ok(flag),
            Some(_) => Err(format!("has an invalid `{key}`; allowed: true, false")),
        }
    }

    fn one_of<T: Copy>(&mut self, key: &str, all: &[(&str, T)]) -> Result<Option<T>, String> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let found = all.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        let names = || all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        found.map(Some).ok_or_else(|| format!("has an unknown `{key}`; allowed: {}", names()))
    }

    /// Refuses keys that were not looked for.
    fn finish(self, kind: &str) -> Result<(), String> {
        match self.table.keys().next() {
            None => Ok(()),
            Some(key) => {
                let known = self.known.join(", ");
                Err(format!("has the unknown key `{key}`; a channel of kind `{kind}` has: {known}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<ChannelSettings>, String> {
        parse(text, Path::new("/c/config.toml"), Some(Path::new("/home/dev")))
    }

    #[test]
    fn channels_of_every_form_are_read() {
        let text = "tz = 'UTC'\n[[channel]]\nname = 'script'\nkind = 'exec'\ncommand = ['notify-send', '-u']\n\
                    [[channel]]\nname = 'phone'\nkind = 'ntfy'\nurl = 'https://ntfy.sh/topic'\n\
                    token_file = '~/ntfy'\nlanguage = 'zh'\nallow_private = true\n\
                    [[channel]]\nname = 'bot'\nkind = 'telegram'\ntoken_env = 'BOT'\nchat = '-100'\n\
                    [[channel]]\nname = 'mail'\nkind = 'smtp'\nhost = 'smtp.example.org'\ntls = 'starttls'\n\
                    names = 'shown'\nuser = 'me'\npassword_file = 'mail/password'\nfrom = 'a@b.example'\nto = ['c@d.example']\n";
        let channels = parsed(text).unwrap();
        let kinds: Vec<_> = channels.iter().map(|of| (&*of.name, of.kind(), of.language)).collect();
        let english = ChannelLanguage::English;
        assert_eq!(
            kinds,
            [
                ("script", "exec", english),
                ("phone", "ntfy", ChannelLanguage::Chinese),
                ("bot", "telegram", english),
                ("mail", "smtp", english)
            ]
        );
        let names = [ChannelNames::Numbered; 3].into_iter().chain([ChannelNames::Shown]);
        assert!(channels.iter().map(|of| of.names).eq(names));
        let ChannelTarget::Http(ntfy) = &channels[1].target else { panic!() };
        assert_eq!(ntfy.token.as_ref().unwrap().place, SecretPlace::File("/home/dev/ntfy".into()));
        assert!(ntfy.allow_private && !ntfy.allow_http && ntfy.secret.is_none());
        let ChannelTarget::Http(bot) = &channels[2].target else { panic!() };
        assert_eq!((bot.url.is_none(), bot.chat.as_deref()), (true, Some("-100")));
        let ChannelTarget::Smtp(mail) = &channels[3].target else { panic!() };
        assert_eq!((mail.port, mail.tls), (587, SmtpTls::StartTls));
        assert_eq!(mail.login.as_ref().unwrap().1.place, SecretPlace::File("/c/mail/password".into()));
        assert_eq!(parsed("tz = 'UTC'"), Ok(Vec::new()));
    }

    #[test]
    fn every_kind_has_its_keys() {
        for (name, kind) in HttpKind::ALL {
            let mut text = format!("[[channel]]\nname = 'a'\nkind = '{name}'\n");
            for (key, need) in [("url", kind.url()), ("token", kind.token()), ("secret", kind.secret())] {
                if need == Need::Required {
                    assert!(parsed(&text).is_err(), "{text}");
                }
                if need != Need::None {
                    text.push_str(&format!("{key} = 'https://a.example/b'\n"));
                }
            }
            if kind == HttpKind::Telegram {
                assert!(parsed(&text).unwrap_err().contains("has no `chat`; add"));
                text.push_str("chat = '1'\n");
            }
            assert_eq!(parsed(&text).map(|channels| channels[0].kind()), Ok(name), "{text}");
        }
    }

    #[test]
    fn faults_have_line_and_advice_and_show_no_value() {
        let fails = |fields: &str, expected: &str| {
            let error = parsed(&format!("tz = 'UTC'\n[[channel]]\n{fields}")).unwrap_err();
            assert!(error.contains(expected) && error.contains("; ") && !error.contains("hush"), "{error}");
        };
        let slack = "name = 'a'\nkind = 'slack'\n";
        let full = format!("{slack}url = 'https://hush.example'\n");
        fails("", "line 2: `[[channel]]` has no `name`; ");
        fails("name = 'a b'\n", "has an invalid `name`; allowed: ");
        fails("name = 'a'\n", "has no `kind`; ");
        fails("name = 'a'\nkind = 'hush'\n", "has an unknown `kind`; allowed: exec, webhook, slack, ");
        fails(slack, "has no `url`; add `url_file`");
        fails(&format!("{slack}url = ['hush']\n"), "has an invalid `url`; ");
        fails(&format!("{slack}url = \"a\\nhush\"\n"), "has an invalid `url`; ");
        fails(&format!("{full}url_file = 'hush'\n"), "has several of `url`, `url_file` and `url_env`; ");
        fails(
            &format!("{full}token = 'hush'\n"),
            "has the unknown key `token`; a channel of kind `slack` has: name, ",
        );
        fails(&format!("{full}language = 'hush'\n"), "has an unknown `language`; allowed: en, zh");
        fails(&format!("{full}names = 'hush'\n"), "has an unknown `names`; allowed: numbered, shown");
        fails(&format!("{full}allow_http = 'hush'\n"), "has an invalid `allow_http`; allowed: true, false");
        fails("name = 'a'\nkind = 'exec'\n", "has no `command`; ");
        fails("name = 'a'\nkind = 'exec'\ncommand = 'hush -x'\n", "has an invalid `command`; ");
        fails("name = 'a'\nkind = 'exec'\ncommand = []\n", "has an invalid `command`; ");
        fails("name = 'a'\nkind = 'exec'\ncommand = [\"a\\u0000hush\"]\n", "has an invalid `command`; ");
        let mail = "name = 'a'\nkind = 'smtp'\nhost = 'a'\nfrom = 'b'\nto = ['c']\n";
        fails(&format!("{mail}user = 'hush'\n"), "has one of `user` and `password`; ");
        fails(&format!("{mail}tls = 'hush'\n"), "has an unknown `tls`; allowed: tls, starttls, none");
        fails(&format!("{mail}port = 0\n"), "has an invalid `port`; ");
        fails(&format!("{full}[[channel]]\n{full}"), "line 6: `[[channel]]` `a` is there twice; ");
        for other in ["channel = 'hush'", "[channel]\nhush = 1", "channel = ['hush']"] {
            let error = parsed(other).unwrap_err();
            assert!(error.starts_with("line ") && !error.contains("hush"), "{error}");
        }
        let many = format!("[[channel]]\n{slack}").repeat(MOST + 1);
        assert!(parsed(&many).unwrap_err().starts_with("more than 50 entries"));
    }

    #[test]
    fn a_channel_shows_nothing_but_its_name_and_kind() {
        let text = "[[channel]]\nname = 'a'\nkind = 'webhook'\nurl = 'https://hush.example'\ntoken = 'hush'\n\
                    [[channel]]\nname = 'b'\nkind = 'exec'\ncommand = ['hush']\n";
        let shown = format!("{:?}", parsed(text).unwrap());
        assert!(shown.contains("webhook") && !shown.contains("hush"), "{shown}");
    }
}
