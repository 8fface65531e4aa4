//! Data sets that can be exported.

use super::columns::{
    block_columns, change_columns, daily_model_columns, daily_project_columns, day_columns, model_columns,
    note_columns, project_columns, response_columns, session_columns, tool_columns, view_columns,
};
use super::focus::focus_columns;
use ctm_export::{Column, Content};

/// Data sets that can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dataset {
    /// Days.
    Daily,
    /// Models.
    Models,
    /// Models of each day.
    DailyModels,
    /// Projects.
    Projects,
    /// Projects of each day.
    DailyProjects,
    /// Sessions.
    Sessions,
    /// Tools.
    Tools,
    /// Five-hour blocks.
    Blocks,
    /// What changed since the period of comparison.
    Changes,
    /// Single responses.
    Responses,
    /// Notes about days.
    Notes,
    /// Saved views.
    Views,
    /// Charges after FOCUS.
    Focus,
}

impl Dataset {
    /// All data sets.
    pub const ALL: [Self; 13] = [
        Self::Daily,
        Self::Models,
        Self::DailyModels,
        Self::Projects,
        Self::DailyProjects,
        Self::Sessions,
        Self::Tools,
        Self::Blocks,
        Self::Changes,
        Self::Responses,
        Self::Notes,
        Self::Views,
        Self::Focus,
    ];

    /// Returns the name, which is also the beginning of the file name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Models => "models",
            Self::DailyModels => "daily-models",
            Self::Projects => "projects",
            Self::DailyProjects => "daily-projects",
            Self::Sessions => "sessions",
            Self::Tools => "tools",
            Self::Blocks => "blocks",
            Self::Changes => "changes",
            Self::Responses => "responses",
            Self::Notes => "notes",
            Self::Views => "views",
            Self::Focus => "focus",
        }
    }

    /// Returns the names of the filters that it has besides those of every report.
    #[must_use]
    pub fn filters(self) -> &'static [&'static str] {
        match self {
            Self::Responses => &[
                "tool",
                "failed",
                "weekday",
                "hour",
                "driver",
                "cache_miss",
                "skill",
                "plugin",
                "agent",
                "mcp",
                "only_tool",
                "effort",
                "entrypoint",
                "version",
                "branch",
                "ticket",
                "pr",
                "without",
                "several_tools",
                "only_model",
                "same_projects",
            ],
            Self::Sessions => &["search", "active", "weekday", "hour"],
            Self::Changes => &["by", "metric", "compare"],
            _ => &[],
        }
    }

    /// Returns the fields of its rows.
    #[must_use]
    pub fn fields(self) -> Vec<&'static str> {
        self.contents().into_iter().map(|(name, _)| name).collect()
    }

    /// Returns what the fields of its rows contain.
    #[must_use]
    pub fn contents(self) -> Vec<(&'static str, Content)> {
        fn contents<R>(columns: &[Column<R>]) -> Vec<(&'static str, Content)> {
            columns.iter().map(|column| (column.name(), column.content())).collect()
        }
        match self {
            Self::Daily => contents(&day_columns()),
            Self::Models => contents(&model_columns()),
            Self::DailyModels => contents(&daily_model_columns()),
            Self::Projects => contents(&project_columns()),
            Self::DailyProjects => contents(&daily_project_columns()),
            Self::Sessions => contents(&session_columns()),
            Self::Tools => contents(&tool_columns()),
            Self::Blocks => contents(&block_columns()),
            Self::Changes => contents(&change_columns()),
            Self::Responses => contents(&response_columns()),
            Self::Notes => contents(&note_columns()),
            Self::Views => contents(&view_columns()),
            Self::Focus => contents(&focus_columns()),
        }
    }
}
